"""Public addresses of campaigns: the page of a promo code, a game, an invitation of a friend, and what tills call."""

from django.urls import path

from campaigns.game import amp, embedding
from campaigns.game import pages as game
from campaigns.points import api as points
from campaigns.promo import api, pages
from campaigns.referrals import pages as referrals

app_name = "campaigns"
urlpatterns = [
    path("f/<str:token>", referrals.page, name="referral"),
    path("f/<str:token>/done", referrals.done, name="referral_done"),
    path("g/<str:token>", game.page, name="game"),
    path("g/<str:token>/amp", amp.play, name="game_amp"),
    path("game.js", embedding.script, name="game_script"),
    path("p/<str:token>", pages.page, name="promo_page"),
    path("p/<str:token>/told", pages.told, name="promo_told"),
    path("p/<str:token>/<int:number>", pages.picture, name="promo_picture"),
    path("points/balance/", points.balance, name="points_balance"),
    path("points/spend/", points.spend, name="points_spend"),
    path("promo/check/", api.check, name="promo_check"),
    path("promo/redeem/", api.redeem, name="promo_redeem"),
    path("promo/cancel/", api.cancel, name="promo_cancel"),
]
