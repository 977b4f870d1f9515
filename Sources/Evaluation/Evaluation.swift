// Room Evaluation
