"""One peer at work: KIND FACTS SPECTRA THREADS, the protocol of train-work.

Prints a line of JSON when ready (import, networks, compilation and first iterations done), then one for
every `run N` on the standard input.
"""

import json
import statistics
import sys
import time

started = time.perf_counter()
kind, facts_file, spectra_file, threads = sys.argv[1:]

import numpy as np

from facts import Facts

with open(facts_file) as file:
    described = json.load(file)
spectra = np.fromfile(spectra_file, "float32").reshape(-1, described["channels"])
if kind.startswith("keras"):
    import keras_gan as peer
else:
    import torch_gan as peer
imported = time.perf_counter()
facts = Facts.described(described, spectra)
gan = peer.GAN(facts, spectra, int(threads), compiled=kind in ("keras-xla", "torch-compiled"))
gan.run(5)
print(json.dumps({
    "versions": peer.versions(), "parameters": gan.counts(),
    "importing": imported - started, "compiling": time.perf_counter() - imported,
}), flush=True)
for line in sys.stdin:
    count = int(line.split()[1])
    before = time.process_time()
    durations, losses = gan.run(count)
    print(json.dumps({
        "milliseconds": 1000 * statistics.median(durations), "losses": losses,
        "processorMilliseconds": 1000 * (time.process_time() - before) / count,
    }), flush=True)
