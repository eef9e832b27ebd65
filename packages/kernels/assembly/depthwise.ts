// depthwise
