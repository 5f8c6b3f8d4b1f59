"""The nets that need nothing but one source of the package: each yields the lines that break a rule of the house."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.architecture import nets_of_imports, nets_of_promises, nets_of_writing
from tests.architecture.reading import Source, Violation

Net = Callable[[Source], Iterator[Violation]]

NETS: tuple[Net, ...] = (
    nets_of_imports.only_listed_libraries,
    nets_of_imports.only_listed_doors,
    nets_of_imports.only_allowed_importers,
    nets_of_imports.no_computed_imports,
    nets_of_imports.pure_rooms_stay_pure,
    nets_of_imports.no_wall_clock_below_app,
    nets_of_promises.sealed_types_are_made_at_home,
    nets_of_promises.nothing_dangerous,
    nets_of_promises.no_url_and_no_telemetry,
    nets_of_promises.content_has_no_repr,
    nets_of_promises.content_in_no_message,
    nets_of_writing.well_kept,
    nets_of_writing.broad_excepts_have_reasons,
    nets_of_writing.waivers_have_reasons,
)
