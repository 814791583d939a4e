-- What pandoc's writers need to know of a publication notebook, in both renderers.

local function typst(inline)
  local written = pandoc.write(pandoc.Pandoc({ pandoc.Plain({ inline }) }), "typst")
  return (written:gsub("%s+$", ""))
end

local function quoted(text)
  return '"' .. text:gsub("\\", "\\\\"):gsub('"', '\\"'):gsub("\n", " ") .. '"'
end

local function callout(div)
  if not div.classes:includes("note") then return nil end
  local tone = "neutral"
  for _, class in ipairs(div.classes) do
    tone = class:match("^tone%-(%a+)$") or tone
  end
  local boxed = pandoc.List({ pandoc.RawBlock("typst", '#note(tone: "' .. tone .. '")[') })
  boxed:extend(div.content)
  boxed:insert(pandoc.RawBlock("typst", "]"))
  return boxed
end

-- PDF/UA wants every equation in words; its TeX source is the best that there is.
local function equation(math)
  local set = typst(math)
  local block = math.mathtype == "DisplayMath" and "true" or "false"
  local call = "#math.equation(block: " .. block .. ", alt: " .. quoted(math.text) .. ", " .. set .. ")"
  return pandoc.RawInline("typst", call)
end

local function picture(image)
  local alt = quoted(pandoc.utils.stringify(image.caption))
  return pandoc.RawInline("typst", "#box(image(" .. quoted(image.src) .. ", alt: " .. alt .. "))")
end

local function scrolling(table)
  return pandoc.Div({ table }, { class = "scroll" })
end

if FORMAT:match("typst") then
  return { { Div = callout, Math = equation, Image = picture } }
end
return { { Table = scrolling } }
