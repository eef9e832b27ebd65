"""Golden bytes of an event file, from TensorBoard's own record writer and protocol buffers.

    python3 -m venv /tmp/tensorboard && /tmp/tensorboard/bin/pip install tensorboard    # made with 2.21.0
    /tmp/tensorboard/bin/python make-golden.py            # rewrites golden.json beside this file
    /tmp/tensorboard/bin/python make-golden.py FOLDER     # prints what TensorBoard reads in a folder that Mien wrote
"""
import io
import json
import sys
from pathlib import Path

from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.summary.writer.record_writer import RecordWriter, masked_crc32c

WALL_TIME = 1_763_800_000.25
SCALARS = [
    ("epoch_loss", 0, 1.75),
    ("epoch_accuracy", 1, 0.1),
    ("batch_loss", 300, -3.4e38),
    ("batch_loss", 2**40 + 1, float("nan")),
    ("überraschung", 128, float("inf")),
]


class Sink(io.BytesIO):
    """RecordWriter closes what it writes to; these bytes outlive it."""

    def close(self):
        pass


def record(event):
    sink = Sink()
    RecordWriter(sink).write(event.SerializeToString(deterministic=True))
    return sink.getvalue().hex()


def make():
    version = event_pb2.Event(wall_time=WALL_TIME, file_version="brain.Event:2")
    records = []
    for tag, step, value in SCALARS:
        summary = summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag=tag, simple_value=value)])
        event = event_pb2.Event(wall_time=WALL_TIME, step=step, summary=summary)
        records.append({"tag": tag, "step": step, "value": repr(value), "record": record(event)})
    # More than one reader will meet: a histogram, and a step that is no scalar.
    histogram = summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag="h", histo=summary_pb2.HistogramProto(num=3))])
    golden = {
        "wallTimeS": WALL_TIME,
        "version": record(version),
        "scalars": records,
        "other": record(event_pb2.Event(wall_time=WALL_TIME, step=7, summary=histogram)),
        "maskedCrc32c": {text: masked_crc32c(text.encode()) for text in ("", "a", "123456789")},
    }
    Path(__file__).with_name("golden.json").write_text(json.dumps(golden, indent=2, ensure_ascii=False) + "\n")


def show(folder):
    from tensorboard.backend.event_processing import event_multiplexer

    runs = event_multiplexer.EventMultiplexer().AddRunsFromDirectory(folder).Reload()
    for run, tags in sorted(runs.Runs().items()):
        for tag in tags["tensors"] + tags["scalars"]:
            series = runs.Tensors(run, tag) if tag in tags["tensors"] else runs.Scalars(run, tag)
            print(run, tag, [event.step for event in series])


if __name__ == "__main__":
    show(sys.argv[1]) if len(sys.argv) > 1 else make()
