[(policy) (ladder) (when) (every) (event) (test) (rung)] @fold
