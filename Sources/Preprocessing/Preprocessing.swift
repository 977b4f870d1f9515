// Room Preprocessing
