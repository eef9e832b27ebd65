/** What to do with a PyTorch file, whose network is in code. */
export const PYTORCH_ADVICE =
  "is PyTorch's own (weights without their network, or code); export it to ONNX in PyTorch: " +
  "torch.onnx.export(model.eval(), torch.zeros(1, channels, height, width), 'model.onnx')";
