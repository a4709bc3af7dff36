"""Ready-made cuts of cars, visits and occasions. Importing this module fills the registry of `segments.ready_made`.

Who left is told by facts: a visit with no sale within three days after it, whatever the salesperson wrote. Reasons are
asked only where they decide what to offer.
"""

from django.utils.translation import gettext_lazy as _

from segments.ready_made import Cut, Names, Number, Roubles, ask, event, leaf, register

CARS, LEFT = _("Cars and purchases"), _("Those who left without a purchase")
SERVICE, OCCASIONS = _("Service and insurance"), _("Occasions")
JAPANESE = ("Lexus", "Infiniti", "Acura", "Toyota", "Mazda", "Subaru", "Nissan", "Honda", "Mitsubishi", "Suzuki")
EXPENSIVE = ("Audi", "BMW", "Mercedes-Benz", "Volvo", "Land Rover", "Jaguar", "Porsche", "Genesis", "MINI")
MONTH, YEAR = 30, 365


def _days(default: int, most: int = 3660) -> Number:
    return Number("days", _("in how many days"), default, 1, most)


STILL_LOOKING = [leaf("left_without_purchase", "within_days", ask("days")), leaf("bought_since_leaving", "is", False)]
PRICE_REASONS = {"any": [leaf("left_reason", "contains", "цен"), leaf("left_reason", "contains", "дорог")]}

register(
    Cut(
        key="owners", group=CARS, name=_("Owners of %(brands)s"),
        who=_("Have a car of the brand, whether they bought it from us or bring it to our service."),
        plan=_("News of the brand: new models, service offers, clubs"),
        why=_("People open what is about their own car; a letter of another brand is a reason to unsubscribe."),
        rule={"all": [event("owns_car", leaf("brand", "any_of", ask("brands")))]},
        questions=(Names("brands", _("brands"), ()),),
    ),
    Cut(
        key="bought", group=CARS, name=_("Bought a car in the last %(days)s days"),
        who=_("Bought a new or used car lately."),
        plan=_("Thanks, the first service, accessories; no sales offers"),
        why=_("The first year decides where the car is serviced and whether the next one comes from us."),
        rule={"all": [leaf("last_purchase", "within_days", ask("days"))]},
        questions=(_days(YEAR),),
    ),
    Cut(
        key="price", group=CARS, name=_("Bought a car for %(least)s–%(most)s roubles"),
        who=_("Paid a price of this range for the last car of ours."),
        plan=_("Cars of the same purse, trade-in with a surcharge they can bear"),
        why=_("The price once paid says more about the next car than any questionnaire."),
        rule={"all": [leaf("last_price", "between", [ask("least"), ask("most")])]},
        questions=(
            Roubles("least", _("price from, ₽"), 1_500_000), Roubles("most", _("price to, ₽"), 3_000_000),
        ),
    ),
    Cut(
        key="turns", group=CARS, name=_("The car soon turns 3 to 5 years"), starts=True,
        who=_("Their newest car, sold by us as new, turns three, four or five in a month or two."),
        plan=_("New models, trade-in terms, a personal offer"),
        why=_("After three to five years cars are changed; a month or two before it the choice is made."),
        rule={"all": [
            leaf("car_since_estimated", "is", False),
            leaf("car_since", "between_days_ago", [1000, 5 * YEAR + 1]),
            leaf("car_since", "anniversary_in_next_days", ask("latest")),
            {"not": leaf("car_since", "anniversary_in_next_days", ask("soonest"))},
        ]},
        questions=(
            Number("soonest", _("more than … days before the day"), 29, 0, 89),
            Number("latest", _("at most … days before the day"), 60, 1, 90),
        ),
    ),
    Cut(
        key="expensive", group=CARS, name=_("Owners of expensive brands, for budget classmates"),
        who=_("Drive an expensive brand; owners of Japanese cars are apart, for they are loyal."),
        plan=_("Classmates of their car at a lower price"),
        why=_("When their brand is gone or too dear, a car of the same class for less money is what sells best."),
        rule={"all": [
            event("owns_car", leaf("brand", "any_of", ask("brands"))),
            {"not": event("owns_car", leaf("brand", "any_of", ask("loyal")))},
        ]},
        questions=(
            Names("brands", _("expensive brands"), EXPENSIVE), Names("loyal", _("without owners of"), JAPANESE),
        ),
    ),
    Cut(
        key="japanese", group=CARS, name=_("Owners of Japanese cars, for classmates"),
        who=_("Drive a Japanese brand."),
        plan=_("First cars of their brand with mileage; a classmate only as the second choice"),
        why=_("Their owners are loyal: offers of other brands worked worst with them, so they are measured apart."),
        rule={"all": [event("owns_car", leaf("brand", "any_of", ask("brands")))]},
        questions=(Names("brands", _("Japanese brands"), JAPANESE),),
    ),
    Cut(
        key="enthusiasts", group=CARS, name=_("Young enthusiasts"),
        who=_("Young, take new cars, and buy or come to look more often than others."),
        plan=_("The new model first, before everybody else; the price drop of the former one below"),
        why=_("Few people, much of the money: novelties sell to them, and they are seldom addressed."),
        rule={"all": [
            leaf("age", "between", [18, ask("age")]),
            {"any": [
                event("bought", leaf("condition", "any_of", ["new"]), times=2, days=6 * YEAR),
                event("visited", leaf("condition", "any_of", ["new"]), times=3, days=2 * YEAR),
            ]},
        ]},
        questions=(Number("age", _("not older than"), 40, 19, 99),),
    ),
    Cut(
        key="sold_to_us", group=CARS, name=_("Sold their car to us and bought nothing"), starts=True,
        who=_("We bought their car out, and they took none of ours after it."),
        plan=_("Cars that stand in the showrooms now"),
        why=_("They came with a car and left with the money: they are likely to need another one."),
        rule={"all": [
            leaf("last_buyout", "within_days", ask("days")),
            {"any": [leaf("last_purchase", "is_empty"), leaf("last_purchase", "earlier_than_days", ask("days"))]},
        ]},
        questions=(_days(YEAR),),
    ),
    Cut(
        key="left_week", group=LEFT, name=_("Left without a purchase in the last %(days)s days"),
        who=_("Came to look, and no sale followed within three days, whatever was written about them."),
        plan=_("“On your terms”: a call or a message by the salesperson they know"),
        why=_("Even those written off as “changed their mind” come back to talks while the choice is open."),
        rule={"all": STILL_LOOKING},
        questions=(_days(7, 90),),
    ),
    Cut(
        key="left_month", group=LEFT, name=_("Left without a purchase in the last %(days)s days"), starts=True,
        who=_("Came to look in the last month, and no sale followed within three days."),
        plan=_("“On your terms”, with cars of the class they looked at"),
        why=_("The decision takes months; a second invitation brings back people whom the first one did not."),
        rule={"all": STILL_LOOKING},
        questions=(_days(MONTH, 365),),
    ),
    Cut(
        key="left_price", group=LEFT, name=_("Left because of the price"),
        who=_("Left without a purchase, and the reason speaks of the price."),
        plan=_("Used cars of the same model, a cheaper trim, a classmate of a lower price"),
        why=_("They want the car and lack the money: a used one is the answer to just that."),
        rule={"all": [*STILL_LOOKING, PRICE_REASONS]},
        questions=(_days(90, 365),),
    ),
    Cut(
        key="came_again", group=LEFT, name=_("Bought before, came again and left"),
        who=_("Customers of ours who looked at another car lately and did not buy it."),
        plan=_("An offer built on the past deal: trade-in of that very car"),
        why=_("They know us and want a car; what they lacked is a reason to decide now."),
        rule={"all": [leaf("purchases", "at_least", 1), *STILL_LOOKING]},
        questions=(_days(60, 365),),
    ),
    Cut(
        key="new_to_used", group=LEFT, name=_("Looked at a new car and left: offer a used one"),
        who=_("Looked at new cars in the showroom and did not buy."),
        plan=_("Used cars of the same model, one to three years old"),
        why=_("Who finds a new car too dear or absent often takes nearly the same one with mileage."),
        rule={"all": [*STILL_LOOKING, leaf("left_condition", "any_of", ["new"])]},
        questions=(_days(90, 365),),
    ),
    Cut(
        key="used_to_new", group=LEFT, name=_("Looked at a used car and left: offer a new one"),
        who=_("Looked at cars with mileage and did not buy."),
        plan=_("A new car a class lower for the same money"),
        why=_("A warranty and a payment plan outweigh a class for many who came for a used car."),
        rule={"all": [*STILL_LOOKING, leaf("left_condition", "any_of", ["used"])]},
        questions=(_days(90, 365),),
    ),
    Cut(
        key="serviced", group=SERVICE, name=_("Serviced in the last %(days)s days"),
        who=_("Brought their car to our service lately."),
        plan=_("Discounts on additional works, seasonal promotions"),
        why=_("They come anyway: a second work in the same visit costs nothing to bring."),
        rule={"all": [leaf("last_service", "within_days", ask("days"))]},
        questions=(_days(YEAR),),
    ),
    Cut(
        key="insurance", group=SERVICE, name=_("The insurance ends in %(days)s days"), starts=True,
        who=_("Their policy ends soon; where its end is not known, it is a year after its beginning."),
        plan=_("A renewal counted beforehand, by SMS or a call"),
        why=_("A policy is renewed where it is offered first; a renewal also keeps the car at our service."),
        rule={"all": [leaf("insurance_end", "in_next_days", ask("days"))]},
        questions=(_days(MONTH, 365),),
    ),
    Cut(
        key="service_due", group=SERVICE, name=_("Time for the next service in %(days)s days"), starts=True,
        who=_("By their own rhythm of services, else a year after the last one; an estimate."),
        plan=_("An invitation some days before it is due, with a time to book"),
        why=_("Who comes every year is reminded on the 28th day of 30, not on the day when it is too late."),
        rule={"all": [leaf("service_due", "in_next_days", ask("days"))]},
        questions=(_days(MONTH, 365),),
    ),
    Cut(
        key="accessories_due", group=SERVICE, name=_("Time for accessories again in %(days)s days"),
        who=_("Buy tyres, oil or accessories regularly, and by their own rhythm it is time; an estimate."),
        plan=_("What they buy each time, ready to be fetched"),
        why=_("A purchase that comes back by itself comes to us when the reminder comes first."),
        rule={"all": [leaf("accessories_due", "in_next_days", ask("days"))]},
        questions=(_days(14, 365),),
    ),
    Cut(
        key="birthday", group=OCCASIONS, name=_("Birthday in the next %(days)s days"), starts=True,
        who=_("Keep their birthday soon."),
        plan=_("A greeting and a small gift that is fetched at the centre"),
        why=_("A greeting is read more than any offer, and the gift brings them into the showroom."),
        rule={"all": [leaf("birthday", "in_next_days", ask("days"))]},
        questions=(_days(14, 366),),
    ),
    Cut(
        key="anniversary", group=OCCASIONS, name=_("Anniversary of the purchase in the next %(days)s days"),
        who=_("Bought their last car on these days of a former year."),
        plan=_("Thanks for the year together; a check of the car"),
        why=_("The day is about their car alone, so that it does not read like advertising."),
        rule={"all": [leaf("last_purchase", "anniversary_in_next_days", ask("days"))]},
        questions=(_days(14, 366),),
    ),
)  # fmt: skip
