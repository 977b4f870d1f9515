// Room NeuralNetworks
