"""Units of measure and money: their names in texts, and how they are converted. Exact factors to a unit of each
dimension, from the definitions of the SI and of the international foot, pound and US gallon."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from typing import NamedTuple


class Unit(NamedTuple):
    """`dimensions` such as length 1, time -1, in alphabetical order; none of them for percent. `factor` is how many of
    the dimension's first unit it is."""

    dimensions: tuple[tuple[str, int], ...]
    factor: Fraction

    def to_the(self, power: int) -> Unit:
        return Unit(tuple((name, power * each) for name, each in self.dimensions), self.factor ** power)

    def by(self, other: Unit) -> Unit:
        """This unit for each of another: km, by h."""
        powers = dict(self.dimensions)
        for name, power in other.dimensions:
            powers[name] = powers.get(name, 0) - power
        return Unit(tuple(sorted((name, power) for name, power in powers.items() if power)),
                    self.factor / other.factor)


COINS = frozenset((Fraction(1, 4), Fraction(1, 10), Fraction(1, 20)))
"""What coins of their own name are of a dollar."""
PERCENT = Unit((), Fraction(1, 100))

_TABLE = """
length 1: m meter meters metre metres mètre mètres metro metros
length 1000: km kilometer kilometers kilometre kilometres kilomètre kilomètres kilómetro kilómetros km's
length 1/10: dm decimeter decimeters decimetre decimetres dezimeter décimètre décimètres decímetro decímetros
length 1/100: cm centimeter centimeters centimetre centimetres zentimeter centimètre centimètres centímetro centímetros
length 1/1000: mm millimeter millimeters millimetre millimetres millimètre millimètres milímetro milímetros
length 0.0254: inch inches zoll
length 0.3048: ft foot feet fuß
length 0.9144: yd yds yard yards
length 1609.344: mi mile miles meile meilen
mass 1: g gram grams gramm gramme grammes gramo gramos
mass 1000: kg kgs kilo kilos kilogram kilograms kilogramm kilogramme kilogrammes kilogramo kilogramos
mass 1/1000: mg milligram milligrams milligramm milligramme milligrammes miligramo miligramos
mass 1000000: tonne tonnes tonnen tonelada toneladas
mass 453.59237: lb lbs pound pounds
mass 28.349523125: oz ounce ounces
time 1: s sec secs second seconds sekunde sekunden seconde secondes segundo segundos
time 60: min mins minute minutes minuten minuto minutos
time 3600: h hr hrs hour hours stunde stunden heure heures hora horas
time 86400: d day days tag tage tagen jour jours día días
time 604800: week weeks woche wochen semaine semaines semana semanas
month 1: month months monat monate monaten mois mes meses
month 12: year years yr yrs jahr jahre jahren ans année années año años
volume 1: ml milliliter milliliters millilitre millilitres mililitro mililitros
volume 10: cl centiliter centiliters zentiliter centilitre centilitres
volume 100: dl deciliter deciliters
volume 1000: l liter liters litre litres litro litros
volume 3785.411784: gal gallon gallons
volume 946.352946: qt quart quarts
volume 473.176473: pt pint pints
volume 236.5882365: cup cups
angle 1: ° deg degree degrees grad degré degrés grado grados
celsius 1: °c celsius
fahrenheit 1: °f fahrenheit
dollar 1: $ dollar dollars usd buck bucks us$ dólar dólares
euro 1: € euro euros eur
sterling 1: £ gbp quid
sterling 1/100: pence p
rupee 1: ₹ rupee rupees rs
yen 1: ¥ yen
dollar 1/100: ¢ cent cents penny pennies
euro 1/100: cent cents centime centimes céntimo céntimos
sterling 1: pound pounds
percent: % percent pct prozent
dollar 1/20: nickel nickels
dollar 1/10: dime dimes
dollar 1/4: quarters
current 1: A amp amps ampere amperes ampère ampères amperio amperios
voltage 1: V volt volts voltio voltios
power 1: W watt watts vatio vatios
power 1000: kW kilowatt kilowatts
energy 1: J joule joules julio julios
energy 1000: kJ
frequency 1: Hz hertz
force 1: N newton newtons
clock 1: am pm a.m p.m uhr
"""
_CASED = {"L": "l", "Kg": "kg", "KG": "kg", "Km": "km", "KM": "km", "CM": "cm", "Cm": "cm", "Min": "min", "ML": "ml",
          "mL": "ml", "MM": "mm", "°C": "°c", "°F": "°f"}
_SPEEDS = {"mph": ("mile", "hour"), "kmh": ("km", "h"), "kph": ("km", "h"), "kmph": ("km", "h")}
_SHORT = 2
"""Names of at most so many letters are only read as they are written: m, but not M."""
SIGNS_BEFORE = ("$", "€", "£", "₹", "¥")


@cache
def _units() -> dict[str, tuple[Unit, ...]]:
    found: dict[str, tuple[Unit, ...]] = {}
    for line in _TABLE.strip().splitlines():
        what, _, names = line.partition(": ")
        dimension, _, factor = what.partition(" ")
        unit = PERCENT if dimension == "percent" else Unit(((dimension, 1),), Fraction(factor))
        for name in names.split():
            found[name] = (*found.get(name, ()), unit)
    for name, (above, below) in _SPEEDS.items():
        found[name] = (found[above][0].by(found[below][0]),)
    return found


def named(text: str) -> tuple[Unit, ...]:
    """What a word or sign may mean as a unit: `cents` are those of dollars or of euros. Empty for what is none."""
    short = _CASED.get(text, text)
    return _units().get(short if len(short) <= _SHORT else short.lower(), ())


def to_the(units: Iterable[Unit], power: int) -> tuple[Unit, ...]:
    """Square and cubic units; only lengths have them."""
    return tuple(unit.to_the(power) for unit in units if unit.dimensions == (("length", 1),))


def by(above: Iterable[Unit], below: Iterable[Unit]) -> tuple[Unit, ...]:
    """Rates: each reading of one unit by each of another."""
    return tuple(each.by(other) for each in above for other in below)


def shared(left: Iterable[Unit], right: Iterable[Unit]) -> tuple[tuple[Unit, Unit], ...]:
    """The readings of two units in which they can be converted."""
    right = tuple(right)
    return tuple((a, b) for a in left for b in right if a.dimensions == b.dimensions)
