class Story:
    pass
