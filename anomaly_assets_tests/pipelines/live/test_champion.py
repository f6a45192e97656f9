"""Who is champion is in service soon afterwards, whole, while the one before goes on answering."""

import time
from collections.abc import Callable

import pytest

from anomaly_assets.pipelines import Site, release
from anomaly_assets.pipelines.live import Champion
from anomaly_assets_tests.pipelines.plant import Plant


def soon(happened: Callable[[], bool], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while not happened() and time.monotonic() < end:
        time.sleep(0.02)
    return happened()


@pytest.fixture
def champion(site: Site) -> Champion:
    return Champion(site, "ponds", every=0.05)


def version(champion: Champion) -> int | None:
    return champion.live.version if champion.live else None


def test_a_promotion_comes_into_service_by_itself_and_a_rollback_too(champion: Champion, site: Site) -> None:
    champion.start()
    try:
        first = version(champion)
        other = next(v.version for v in site.registry.versions("ponds") if v.version != first)
        site.registry.set_alias("ponds", "champion", other)
        assert soon(lambda: version(champion) == other)
        site.registry.rollback("ponds")
        assert soon(lambda: version(champion) == first)
    finally:
        champion.close()


def test_a_damaged_newcomer_is_told_and_the_old_one_stays(champion: Champion, site: Site, plant: Plant) -> None:
    champion.look()
    first = version(champion)
    newcomer = next(v for v in site.registry.versions("ponds") if v.version != first)
    (site.registry.place(newcomer) / "threshold.json").write_text("{}")
    site.registry.set_alias("ponds", "champion", newcomer.version)
    champion.look()
    assert version(champion) == first
    assert champion.trouble and "threshold.json" in champion.trouble


def test_without_a_champion_nobody_is_in_service_and_the_reason_is_told(plant: Plant) -> None:
    nobody = Champion(plant.site(), "lakes")
    nobody.look()
    assert nobody.live is None and nobody.trouble and "lakes has no model 'champion'" in nobody.trouble


def test_the_same_champion_is_not_loaded_again(champion: Champion) -> None:
    champion.look()
    before = champion.live
    champion.look()
    assert champion.live is before


def test_a_package_that_is_made_later_takes_over(champion: Champion, site: Site, plant: Plant) -> None:
    champion.look()
    assert champion.live and champion.live.engine_name == "bundle"
    release(site, plant.fleet)
    champion.look()
    assert champion.live.engine_name == "onnx"


def test_a_bundle_is_kept_where_it_is_wanted(site: Site, plant: Plant) -> None:
    release(site, plant.fleet)
    stubborn = Champion(site, "ponds", engine="bundle")
    stubborn.look()
    first = stubborn.live
    stubborn.look()
    assert first and first.engine_name == "bundle" and stubborn.live is first
