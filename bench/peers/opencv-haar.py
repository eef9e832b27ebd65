"""OpenCV's CascadeClassifier on one thread, on the picture and with the settings of haar.js."""

import hashlib
import json
import time
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

WIDTH, HEIGHT = 640, 480
CASCADE = "/usr/share/opencv4/haarcascades/haarcascade_frontalface_default.xml"

cv2.setNumThreads(1)
portrait = np.array(Image.open(Path(__file__).parent / "../../examples/eileen-collins.png").convert("L"))
y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
picture = np.ascontiguousarray(portrait[y % portrait.shape[0], x % portrait.shape[1]])
classifier = cv2.CascadeClassifier(CASCADE)


def measure(call, warm_up=0.3, duration=1.5, min_calls=5):
    times, end = [], time.perf_counter() + warm_up
    while time.perf_counter() < end:
        call()
    end, cpu_before = time.perf_counter() + duration, time.process_time()
    while time.perf_counter() < end or len(times) < min_calls:
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1000)
    cpu = (time.process_time() - cpu_before) * 1000 / len(times)
    times.sort()
    return {"medianMs": times[len(times) // 2], "bestMs": times[0], "cpuMs": cpu, "calls": len(times)}


results = {"version": cv2.__version__, "picture": hashlib.sha256(picture.tobytes()).hexdigest()[:16]}
for name, scale_factor in [("opencv, haar", 1.3), ("opencv, haar at 1.1", 1.1)]:
    results[name] = measure(lambda: classifier.detectMultiScale(picture, scale_factor, 5))
print(json.dumps(results))
