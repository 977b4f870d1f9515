// Room Reporting
