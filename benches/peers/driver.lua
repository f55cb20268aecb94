-- Repeats a program, as driver.js does. The value is the timing.
--
-- Given: `code`, `answers` (a table), `seconds` and `now()` in nanoseconds.
local prints = {}
print = function(value) prints[#prints + 1] = tostring(value) end
-- Blockly's prompt writes the text and reads a line.
local asked
io.write = function(text) asked = text end
io.flush = function() end
io.read = function() return answers[asked] end

local program = assert(load(code))
local function run()
  prints = {}
  program()
end
local before = now()
run()
local first = now() - before
local printed = prints
local group = math.max(1, math.min(500, math.floor(1e6 / first + 0.5)))
local times = {}
local stop = now() + seconds * 1e9
while #times < 5 or now() < stop do
  before = now()
  for _ = 1, group do run() end
  times[#times + 1] = (now() - before) / group
end
local later = {}
for i = #times // 2 + 1, #times do later[#later + 1] = times[i] end
table.sort(later)
return { first = first, warm = later[#later // 2 + 1], runs = #times * group, prints = printed }
