"""Public addresses, printed in letters by `campaigns.links`: they never change."""

from django.urls import path

from tracking import nps_views, views
from tracking.bi import feed
from tracking.telephony import door

app_name = "tracking"
urlpatterns = [
    path("bi/<slug:name>.csv", feed.csv, name="bi"),
    path("l/<str:token>", views.click, name="click"),
    path("o/<str:token>", views.opened, name="open"),
    path("s/<str:token>", views.survey, name="survey"),
    path("s/<str:token>/done", views.survey_done, name="survey_done"),
    path("calls/<str:path>/", door.hook, name="call_hook"),
    path("calls/<str:path>/<path:event>", door.hook, name="call_hook_event"),
    path("n/<str:token>", nps_views.score, name="nps"),
    path("n/<str:token>/why", nps_views.why, name="nps_why"),
    path("n/<str:token>/done", nps_views.done, name="nps_done"),
    path("u/<str:token>", views.unsubscribe, name="unsubscribe"),
]
