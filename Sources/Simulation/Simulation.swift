// Room Simulation
