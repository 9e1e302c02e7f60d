# Several files: each below a line with its name.
for i in range(64):
    print(f'== shared/{i}.dun ==\nteam t{i} is "t{i}@example.com"')
print("== policy.dun ==")
for i in range(64):
    print(f'include "shared/{i}.dun"')
