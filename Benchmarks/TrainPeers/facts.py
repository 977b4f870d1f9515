"""What a peer must know to build the program's networks."""

import dataclasses
import math

import numpy as np


@dataclasses.dataclass
class Facts:
    design: dict
    basis: np.ndarray  # components x channels, orthonormal
    centre: np.ndarray  # the spectrum around which generated ones are projected
    scatter: np.ndarray  # standard deviation of the real spectra along the components
    transform_shift: float  # T1, channels
    generator_shift: float
    transform_noise: float  # T2, variance per unit of signal
    noise_gain: float
    noise_background: np.ndarray
    noise_colour: np.ndarray

    def __post_init__(self):
        self.channels = self.basis.shape[1]
        # Whole channels that a shift can reach.
        self.transform_reach = math.ceil(self.transform_shift)
        self.generator_reach = math.ceil(self.generator_shift)
        self.complement = self.centre - (self.centre @ self.basis.T) @ self.basis
        # The discriminator sees standardised coefficients: x @ directions.T + origin.
        self.directions = self.basis / self.scatter[:, None]
        self.origin = -self.centre @ self.directions.T
        self.patterns = self.scatter[:, None] * self.basis

    @classmethod
    def described(cls, described, spectra):
        """From the first line of train-work's output."""
        def array(name):
            return np.array(described[name], "float32")

        basis = array("components").reshape(-1, described["channels"])
        centre = spectra.mean(0)
        return cls(
            design=described["design"], basis=basis, centre=centre,
            scatter=((spectra - centre) @ basis.T).std(0),
            transform_shift=described["transformShift"],
            generator_shift=described["generatorShift"],
            transform_noise=described["transformNoise"], noise_gain=described["noiseGain"],
            noise_background=array("noiseBackground"), noise_colour=array("noiseColour"))
