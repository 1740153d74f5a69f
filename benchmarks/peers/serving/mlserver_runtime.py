"""MLServer: a custom inference runtime over onnxruntime."""

from graph import open_graph
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse
from mlserver.utils import get_model_uri


class OnnxRuntime(MLModel):
    """One graph: tensors in, tensors out."""

    async def load(self) -> bool:
        """Open the file that model-settings.json names."""
        path = await get_model_uri(self._settings)
        self._session = open_graph(path)
        self._outputs = [output.name for output in self._session.get_outputs()]
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """The graph's outputs."""
        feed = {i.name: self.decode(i, default_codec=NumpyCodec) for i in payload.inputs}
        arrays = self._session.run(None, feed)
        return InferenceResponse(
            model_name=self.name,
            outputs=[
                NumpyCodec.encode_output(name, array)
                for name, array in zip(self._outputs, arrays, strict=True)
            ],
        )
