import shutil, polars as pl
from .test_recordings import lived
def test_x(real,tmp_path):
    (tmp_path / "raw").mkdir()
    shutil.copy(real("ims_features") / "merged_dataset_BearingTest_2.csv", tmp_path / "raw")
    s,f,site=lived(tmp_path,"ims","isolation_forest")
    print(s.group_by("unit_id").agg(pl.col("is_anomaly").mean(),pl.col("score").max(),pl.col("threshold").max(),pl.len(),pl.col("window_start").min(), pl.col("window_start").max().alias("e"), pl.col("is_anomaly").filter(pl.col("is_anomaly")).len().alias("n")))
    print(s.filter(pl.col("unit_id")=="test_2_bearing_1").tail(30).select("window_start","score","threshold","is_anomaly"))
    print(f.filter(pl.col("unit_id")=="test_2_bearing_1")[::40])
