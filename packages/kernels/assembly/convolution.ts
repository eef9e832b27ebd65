// convolution
