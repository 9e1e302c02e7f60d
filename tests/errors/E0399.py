sum_of_many = " + ".join(["amount"] * 50)
values = ", ".join(str(i) for i in range(1, 1_500))
print(f"hold while ({sum_of_many}) in ({values})")
