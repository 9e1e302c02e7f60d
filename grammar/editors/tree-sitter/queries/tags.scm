(ladder name: (name) @name) @definition.class
(when name: (name) @name) @definition.function
(test name: (string) @name) @definition.function
(policy name: (string) @name) @definition.module
