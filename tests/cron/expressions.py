"""Random cron expressions for tests: everything that standard cron allows and we take."""

from __future__ import annotations

import random

MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]


def random_expressions(number: int, seed: int) -> list[str]:
    """`number` sound expressions, the same for the same seed."""
    dice = random.Random(seed)
    return [_expression(dice) for _ in range(number)]


def _expression(dice: random.Random) -> str:
    day, weekday = "*", "*"
    restricted = dice.random()
    if restricted < 0.25:
        day = _field(dice, 1, 28)
    elif restricted < 0.55:
        weekday = dice.choice([_field(dice, 0, 6), dice.choice(DAYS), "MON-FRI", "7", "5-7", "0,7"])
    month = "*"
    if dice.random() < 0.2:
        month = dice.choice([_field(dice, 1, 12), dice.choice(MONTHS), "mar-oct"])
    minute = "*" if dice.random() < 0.2 else _field(dice, 0, 59)
    hour = "*" if dice.random() < 0.2 else _field(dice, 0, 23)
    return f"{minute} {hour} {day} {month} {weekday}"


def _field(dice: random.Random, low: int, high: int) -> str:
    first = dice.randint(low, high)
    last = dice.randint(first, high)
    several = sorted(dice.sample(range(low, high + 1), 3))
    return dice.choice(
        [
            str(first),
            f"{first}-{last}",
            f"{first}-{last}/{dice.randint(1, 7)}",
            f"*/{dice.randint(2, 20)}",
            ",".join(map(str, several)),
        ]
    )
