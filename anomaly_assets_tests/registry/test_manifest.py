import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_assets.registry import config_digest, fingerprint
from anomaly_assets_tests.conftest import small_fleet

from .conftest import windows


def test_the_digest_follows_the_configuration():
    assert config_digest(small_fleet()) == config_digest(small_fleet(cleaning={}))  # a default written out
    assert config_digest(small_fleet()) != config_digest(small_fleet(sampling="2m"))


@settings(max_examples=20)
@given(st.integers(1, 599))
def test_the_fingerprint_does_not_see_chunks(cut):
    frame = windows()
    assert fingerprint(pl.concat([frame.head(cut), frame.tail(600 - cut)], rechunk=False)) == fingerprint(frame)


def test_the_fingerprint_sees_values_names_order_and_what_is_missing():
    frame = windows()
    value = pl.when(pl.int_range(pl.len()) == 300)
    others = [
        frame.with_columns(value.then(pl.col("a__raw") + 1e-12).otherwise("a__raw").alias("a__raw")),
        frame.with_columns(value.then(None).otherwise("a__raw").alias("a__raw")),
        frame.with_columns(value.then(0.0).otherwise("a__raw").alias("a__raw")),
        frame.with_columns(value.then(pl.lit("v")).otherwise("unit_id").alias("unit_id")),
        frame.rename({"a__raw": "c__raw"}),
        frame.reverse(),
        frame.head(599),
    ]
    assert len({fingerprint(other) for other in [frame, *others]}) == 1 + len(others)
