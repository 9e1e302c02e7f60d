(comment) @comment
(section) @keyword
(conditional) @keyword.conditional
(keyword) @keyword
(logic) @keyword.operator
(operator) @operator
(verb) @function
(event_name) @label
(constant) @constant.builtin
(channel) @constant
(type) @type.builtin
(unit) @type
(name) @variable
(string) @string
(hole) @string.special
(escape) @string.escape
[(number) (percent) (money) (duration)] @number
[(date) (time)] @number
(day_count) @constant.builtin
(ladder name: (name) @function)
(when name: (name) @function)
(policy name: (string) @markup.heading)
(test name: (string) @markup.heading)
["," ":" ";"] @punctuation.delimiter
["(" ")"] @punctuation.bracket
