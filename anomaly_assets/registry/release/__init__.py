"""Models that leave the platform: an ONNX graph with everything that belongs to it, or a pickle for those who ask.

The only home of onnx, onnxruntime, joblib and pickle. Nothing is imported here, so that verifying stays light.
"""
