"""A fitted estimator of scikit-learn → an ONNX graph that answers as it does, row by row.

The way of a file: opened or refused (`opening`), its columns and rows found (`features`,
`sample`, `made_rows`), converted in the likeliest way that answers alike (`converting`,
`parity`). All of it happens in a process of its own (`work`); `bringing` asks that process.
"""
