// haar
