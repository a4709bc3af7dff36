"""The library of scenarios: ready with texts, one click to copy."""

from campaigns.scenarios.library import sales, service
from campaigns.scenarios.library.recipe import Recipe

__all__ = ["RECIPES", "Recipe"]

RECIPES: dict[str, Recipe] = {**sales.RECIPES, **service.RECIPES}
