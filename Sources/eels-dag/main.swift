print("eels-dag")
