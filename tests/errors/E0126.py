for i in range(1025):
    print(f"field invoice.x{i} as text")
