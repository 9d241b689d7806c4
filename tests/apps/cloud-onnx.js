/** A module worker of workerd that serves an ONNX file, and imports nothing else of the library. */
import { fromOnnx } from "wasmlp/onnx";
import model from "./model.js";

export default {
  async fetch() {
    const { net } = await fromOnnx(model);
    return new Response(
      net
        .predict([
          [0, 0],
          [0, 1],
          [1, 0],
          [1, 1],
        ])
        .join(" "),
    );
  },
};
