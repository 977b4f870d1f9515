// Room SpectrumFiles
