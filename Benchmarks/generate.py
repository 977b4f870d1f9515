"""Synthetic spectra from a trained model, and training on very many: time, memory and size of the file.

The model is trained for 100 iterations on `simulate wl` (700 channels, five classes); its quality does not
matter here. Every run is a whole process, with all threads unless --threads says otherwise, and the
memory is the peak of its resident set. At the first number it also runs with one thread and without
compression, which tells what limits: the drawing or the writing. A number whose file might not leave a
tenth of the disk's free space is left out, and that is said.
"""

import argparse
import os
import pathlib
import shutil
import tempfile

from processes import measure

CHANNELS, CLASSES = 700, 5
# The stopping criterion is not reached in 100 iterations.
QUALITY_GATE = 4


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=os.path.abspath, required=True)
    parser.add_argument(
        "--count", type=int, action="append",
        help="spectra of all classes together; again for more (default: 100,000 and 1,000,000)")
    parser.add_argument(
        "--train", type=int, action="append",
        help="spectra of all classes together that augment trains on (default: 500,000)")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--folder", type=pathlib.Path, help="write here (default: a temporary folder)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as temporary:
        folder = pathlib.Path(temporary)
        data, model, output = folder / "wl.hspy", folder / "model.safetensors", folder / "out.hspy"
        measure([arguments.program, "simulate", "wl", "-o", data])
        measure(
            [arguments.program, "augment", data, "-o", output, "--model", model, "--count", 1,
             "--train-count", 100, "--max-epochs", 100],
            accept=(0, QUALITY_GATE))

        def case(count, threads, compression=1):
            size = count * CHANNELS * 4
            if size > 0.9 * shutil.disk_usage(folder).free:
                print(f"{count:>12,} left out: {size / 1e9:.1f} GB do not fit on the disk")
                return False
            wall, peak, _ = measure(
                [arguments.program, "generate", model, "-o", output, "--count", count // CLASSES,
                 "--threads", threads, "--compression", compression])
            print(
                f"{count:>12,} {threads:>8} {compression:>12} {wall:>9.1f} {count / wall:>11,.0f} "
                f"{peak:>9.0f} {output.stat().st_size / 1e9:>8.2f}", flush=True)
            return True

        print(f"{'spectra':>12} {'threads':>8} {'compression':>12} {'time (s)':>9} {'spectra/s':>11} "
              f"{'peak (MB)':>9} {'GB':>8}")
        counts = arguments.count or [100_000, 1_000_000]
        for compression in (0, 1):
            for threads in sorted({1, arguments.threads}):
                case(counts[0], threads, compression)
        for count in counts[1:]:
            case(count, arguments.threads)
        for count in arguments.train or [500_000]:
            if case(count, arguments.threads):
                wall, peak, _ = measure(
                    [arguments.program, "augment", output, "-o", folder / "again.hspy", "--count", 1,
                     "--max-epochs", 100, "--threads", arguments.threads],
                    accept=(0, QUALITY_GATE))
                print(
                    f"augment on them, 100 iterations of {CLASSES} classes of {count // CLASSES:,} "
                    f"spectra: {wall:.1f} s, peak {peak:.0f} MB", flush=True)


main()
