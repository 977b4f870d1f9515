// Room Augmentation
