"""The library of scenarios: ready with texts, one click to copy."""

from campaigns.scenarios.library import care, launch, sales, service, showroom
from campaigns.scenarios.library.recipe import Recipe

__all__ = ["RECIPES", "Recipe"]

RECIPES: dict[str, Recipe] = {
    **sales.RECIPES,
    **showroom.RECIPES,
    **service.RECIPES,
    **care.RECIPES,
    **launch.RECIPES,
}
