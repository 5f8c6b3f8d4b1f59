"""The units that can be converted, each with its definition for pint and the ways people write it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: pint's name, its definition, and how one and several of it are said."""

    name: str
    definition: str
    spellings: tuple[str, ...]
    one: str
    many: str


def _unit(definition: str, spellings: str, many: str = "", one: str = "") -> Unit:
    """Read a row. `definition` is "name = value"; spellings are parted by "|", a "~" stands for "with or without s"."""
    name = definition.partition("=")[0].strip()
    each: list[str] = []
    for spelling in spellings.split(" | "):
        bare = spelling.rstrip("~")
        each += [bare, f"{bare}s"] if bare != spelling else [bare]
    said = one or name.replace("_", " ")
    return Unit(name, definition, tuple(each), said, many or f"{said}s")


UNITS: tuple[Unit, ...] = (
    # length
    _unit("meter = [length]", "m | meter~ | metre~"),
    _unit("kilometer = 1000 * meter", "km~ | kilometer~ | kilometre~"),
    _unit("centimeter = 0.01 * meter", "cm~ | centimeter~ | centimetre~"),
    _unit("millimeter = 0.001 * meter", "mm | millimeter~ | millimetre~"),
    _unit("micrometer = 0.000001 * meter", "micrometer~ | micrometre~ | micron~"),
    _unit("nanometer = 0.000000001 * meter", "nm | nanometer~ | nanometre~"),
    _unit("inch = 0.0254 * meter", 'in | inch | inches | "', "inches"),
    _unit("foot = 12 * inch", "ft | foot | feet | '", "feet"),
    _unit("yard = 3 * foot", "yd~ | yard~"),
    _unit("mile = 5280 * foot", "mi | mile~"),
    _unit("nautical_mile = 1852 * meter", "nmi | nautical mile~"),
    _unit("light_year = 9460730472580800 * meter", "lightyear~ | light year~ | light-year~", "light years"),
    # mass
    _unit("gram = [mass]", "g | gr | gram~ | gramme~"),
    _unit("kilogram = 1000 * gram", "kg~ | kilo~ | kilogram~ | kilogramme~"),
    _unit("milligram = 0.001 * gram", "mg | milligram~ | milligramme~"),
    _unit("tonne = 1000000 * gram", "tonne~ | metric ton~ | metric tonne~"),
    _unit("pound = 453.59237 * gram", "lb~ | pound~"),
    _unit("ounce = pound / 16", "oz | ounce~"),
    _unit("stone = 14 * pound", "st | stone~", "stone"),
    _unit("short_ton = 2000 * pound", "ton~ | short ton~ | us ton~", "US tons", "US ton"),
    # volume
    _unit("liter = 0.001 * meter ** 3", "l | liter~ | litre~"),
    _unit("milliliter = 0.001 * liter", "ml | milliliter~ | millilitre~ | cc"),
    _unit("centiliter = 0.01 * liter", "cl | centiliter~ | centilitre~"),
    _unit("deciliter = 0.1 * liter", "dl | deciliter~ | decilitre~"),
    _unit("cubic_meter = meter ** 3", "m3 | m³ | m^3 | cubic meter~ | cubic metre~"),
    _unit("cubic_centimeter = centimeter ** 3", "cm3 | cm³ | cm^3 | cubic centimeter~ | cubic centimetre~"),
    _unit("cubic_foot = foot ** 3", "ft3 | ft³ | cubic foot | cubic feet", "cubic feet"),
    _unit("cubic_inch = inch ** 3", "cubic inch | cubic inches", "cubic inches"),
    _unit("gallon = 231 * inch ** 3", "gal | gallon~ | us gallon~", one="US gallon"),
    _unit("quart = gallon / 4", "qt | quart~", one="US quart"),
    _unit("pint = gallon / 8", "pt | pint~", one="US pint"),
    _unit("cup = gallon / 16", "cup~", one="US cup"),
    _unit("fluid_ounce = gallon / 128", "floz | fl oz | fl.oz | fl. oz | fluid ounce~", one="US fluid ounce"),
    _unit("tablespoon = gallon / 256", "tbsp~ | tablespoon~", one="US tablespoon"),
    _unit("teaspoon = gallon / 768", "tsp~ | teaspoon~", one="US teaspoon"),
    _unit("imperial_gallon = 4.54609 * liter", "imperial gallon~ | uk gallon~ | british gallon~"),
    _unit("imperial_pint = imperial_gallon / 8", "imperial pint~ | uk pint~ | british pint~"),
    # time; a year is no fixed number of days and has a measure of its own
    _unit("second = [time]", "s | sec~ | second~"),
    _unit("millisecond = 0.001 * second", "ms | millisecond~"),
    _unit("minute = 60 * second", "min~ | minute~"),
    _unit("hour = 3600 * second", "h | hr~ | hour~"),
    _unit("day = 24 * hour", "day~"),
    _unit("week = 7 * day", "week~"),
    _unit("month = [calendar]", "month~"),
    _unit("year = 12 * month", "year~"),
    _unit("decade = 10 * year", "decade~"),
    _unit("century = 100 * year", "century | centuries", "centuries"),
    _unit("millennium = 1000 * year", "millennium~ | millennia", "millennia"),
    # temperature
    _unit("kelvin = [temperature]; offset: 0", "k | kelvin~", "kelvin"),
    _unit(
        "degree_Celsius = kelvin; offset: 273.15",
        "c | °c | celsius | centigrade | degree c | degree celsius | degree centigrade | degrees c "
        "| degrees celsius | degrees centigrade | deg c",
        "degrees Celsius",
        "degree Celsius",
    ),
    _unit(
        "degree_Fahrenheit = 5 / 9 * kelvin; offset: 233.15 + 200 / 9",
        "f | °f | fahrenheit | farenheit | degree f | degree fahrenheit | degree farenheit | degrees f "
        "| degrees fahrenheit | degrees farenheit | deg f",
        "degrees Fahrenheit",
        "degree Fahrenheit",
    ),
    # area
    _unit("square_meter = meter ** 2", "m2 | m² | m^2 | sqm | sq m | square meter~ | square metre~"),
    _unit("square_kilometer = kilometer ** 2", "km2 | km² | sq km | square kilometer~ | square kilometre~"),
    _unit("square_centimeter = centimeter ** 2", "cm2 | cm² | square centimeter~ | square centimetre~"),
    _unit("square_foot = foot ** 2", "ft2 | ft² | sq ft | square foot | square feet", "square feet"),
    _unit("square_inch = inch ** 2", "sq in | square inch | square inches", "square inches"),
    _unit("square_yard = yard ** 2", "sq yd | square yard~"),
    _unit("square_mile = mile ** 2", "sq mi | square mile~"),
    _unit("acre = 43560 * foot ** 2", "acre~"),
    _unit("hectare = 10000 * meter ** 2", "ha | hectare~"),
    # speed
    _unit(
        "kilometer_per_hour = kilometer / hour",
        "km/h | kmh | kph | kilometer per hour | kilometer an hour | kilometers per hour | kilometers an hour "
        "| kilometre per hour | kilometre an hour | kilometres per hour | kilometres an hour",
        "kilometers per hour",
    ),
    _unit(
        "mile_per_hour = mile / hour",
        "mph | mi/h | mile per hour | mile an hour | miles per hour | miles an hour",
        "miles per hour",
    ),
    _unit(
        "meter_per_second = meter / second",
        "m/s | meter per second | meter a second | meters per second | meters a second | metre per second "
        "| metre a second | metres per second | metres a second",
        "meters per second",
    ),
    _unit(
        "foot_per_second = foot / second",
        "ft/s | foot per second | foot a second | feet per second | feet a second",
        "feet per second",
    ),
    _unit("knot = nautical_mile / hour", "kn | knot~"),
    # energy and power, from meter, gram and second
    _unit("joule = 1000 * gram * meter ** 2 / second ** 2", "j | joule~"),
    _unit("kilojoule = 1000 * joule", "kj | kilojoule~"),
    _unit("kilocalorie = 4184 * joule", "kcal~ | kilocalorie~ | food calorie~"),
    _unit("watt_hour = 3600 * joule", "wh | watt hour~ | watt-hour~"),
    _unit("kilowatt_hour = 3600000 * joule", "kwh | kilowatt hour~ | kilowatt-hour~"),
    _unit("watt = joule / second", "w | watt~"),
    _unit("kilowatt = 1000 * watt", "kw | kilowatt~"),
    _unit("megawatt = 1000000 * watt", "MW | megawatt~"),
    _unit("horsepower = 550 * 0.45359237 * 9.80665 * 0.3048 * watt", "hp | horsepower", "horsepower"),
    # pressure
    _unit("pascal = 1000 * gram / meter / second ** 2", "pa | pascal~"),
    _unit("hectopascal = 100 * pascal", "hpa | hectopascal~ | mbar | millibar~"),
    _unit("kilopascal = 1000 * pascal", "kpa | kilopascal~"),
    _unit("bar = 100000 * pascal", "bar~"),
    _unit("atmosphere = 101325 * pascal", "atm | atmosphere~"),
    _unit(
        "pound_per_square_inch = 0.45359237 * 9.80665 / 0.00064516 * pascal",
        "psi | pound per square inch | pounds per square inch",
        "pounds per square inch",
    ),
    # data, in powers of ten as the standard has it; the binary ones have names of their own
    _unit("bit = [information]", "bit~"),
    _unit("byte = 8 * bit", "byte~"),
    _unit("kilobyte = 1000 * byte", "kb | kilobyte~"),
    _unit("megabyte = 1000 * kilobyte", "mb | megabyte~"),
    _unit("gigabyte = 1000 * megabyte", "gb | gigabyte~"),
    _unit("terabyte = 1000 * gigabyte", "tb | terabyte~"),
    _unit("petabyte = 1000 * terabyte", "pb | petabyte~"),
    _unit("kibibyte = 1024 * byte", "kib | kibibyte~"),
    _unit("mebibyte = 1024 * kibibyte", "mib | mebibyte~"),
    _unit("gibibyte = 1024 * mebibyte", "gib | gibibyte~"),
    _unit("tebibyte = 1024 * gibibyte", "tib | tebibyte~"),
    # angle
    _unit("radian = [angle]", "rad | radian~"),
    _unit("degree = 3.14159265358979323846264338327950288 / 180 * radian", "° | deg | degree~"),
    # amount
    _unit("dozen = 12 * piece", "dozen~", "dozen"),
)
OTHERS = ("piece = [pieces]",)
"""What definitions above stand on and nobody asks for."""

SPELLINGS: dict[str, Unit] = {spelling: unit for unit in UNITS for spelling in unit.spellings}
