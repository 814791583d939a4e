-- What pandoc's writers need to know of a publication notebook, in both renderers.

local function typst(inline)
  local written = pandoc.write(pandoc.Pandoc({ pandoc.Plain({ inline }) }), "typst")
  return (written:gsub("%s+$", ""))
end

local function quoted(text)
  return '"' .. text:gsub("\\", "\\\\"):gsub('"', '\\"'):gsub("\n", " ") .. '"'
end

local function between(open, blocks, close, format)
  local out = pandoc.List({ pandoc.RawBlock(format, open) })
  out:extend(blocks)
  out:insert(pandoc.RawBlock(format, close))
  return out
end

local function tone_of(div)
  local tone = "neutral"
  for _, class in ipairs(div.classes) do
    tone = class:match("^tone%-(%a+)$") or tone
  end
  return tone
end

-- The first table of a block, and its caption, which the table no longer has.
local function taken_caption(div)
  local table, words = nil, pandoc.List()
  for _, block in ipairs(div.content) do
    if block.t == "Table" and not table then
      table = block
      words = pandoc.utils.blocks_to_inlines(block.caption.long)
      block.caption = pandoc.Caption and pandoc.Caption({}) or { long = {}, short = nil }
    end
  end
  return table, words
end

local on_paper = {}

function on_paper.Div(div)
  local classes = div.classes
  if classes:includes("note") then
    return between('#note(tone: "' .. tone_of(div) .. '")[', div.content, "]", "typst")
  end
  if classes:includes("tab") then
    local title = div.content:remove(1)
    local head = between("#tab-title[", { pandoc.Plain(pandoc.utils.blocks_to_inlines({ title })) }, "]", "typst")
    head:extend(div.content)
    return head
  end
  if classes:includes("numbered") then
    local table, words = taken_caption(div)
    if not table then return nil end
    table.classes:insert("typst:no-figure")
    local out = pandoc.List({ pandoc.RawBlock("typst",
      "#author-table(number: " .. quoted(div.attributes.number) .. ", name: " .. quoted(div.attributes.name) .. ")[") })
    out:insert(pandoc.Plain(words))
    out:insert(pandoc.RawBlock("typst", "]["))
    out:insert(table)
    out:insert(pandoc.RawBlock("typst", "]"))
    return out
  end
  if classes:includes("tabs") or classes:includes("outset") or classes:includes("narrow") then
    return div.content
  end
end

-- PDF/UA wants every equation in words; its TeX source is the best that there is.
function on_paper.Math(math)
  local set = typst(math)
  local block = math.mathtype == "DisplayMath" and "true" or "false"
  local call = "#math.equation(block: " .. block .. ", alt: " .. quoted(math.text) .. ", " .. set .. ")"
  return pandoc.RawInline("typst", call)
end

function on_paper.Image(image)
  local alt = quoted(pandoc.utils.stringify(image.caption))
  local wide = tonumber(image.attributes.width)
  local width = wide and ", width: " .. math.min(wide * 0.75, 470) .. "pt" or ""
  return pandoc.RawInline("typst", "#box(image(" .. quoted(image.src) .. ", alt: " .. alt .. width .. "))")
end

-- A link leads to another page or within this one; anything else is text.
local within = {}

function within.Link(it)
  local target = it.target:lower():gsub("[%s%c]", "")
  if target:match("^https?://") or target:match("^mailto:") or target:match("^#") then return nil end
  if not target:match("^[^/?#]*:") and not target:match("^[/\\]") and not target:match("%.%.") then return nil end
  return it.content
end

-- A picture lies in the page, or in the job's folder; anything else stands as its words.
function within.Image(image)
  if image.src:match("^data:image/") or image.src:match("^%x+%.%a+$") then return nil end
  return image.caption
end

local on_screen = {}

local function folded(div)
  local open = div.attributes.fold == "no" and " open" or ""
  local title = pandoc.utils.blocks_to_inlines({ div.content:remove(1) })
  local tag = '<details class="' .. table.concat(div.classes, " ") .. '"' .. open .. "><summary>"
  local out = between(tag, { pandoc.Plain(title) }, "</summary>", "html")
  out:extend(div.content)
  out:insert(pandoc.RawBlock("html", "</details>"))
  return out
end

function on_screen.Div(div)
  if div.classes:includes("note") and div.attributes.fold then return folded(div) end
  if div.classes:includes("narrow") then return div.content end
  if div.classes:includes("numbered") then
    local name, number = div.attributes.name, div.attributes.number
    for _, block in ipairs(div.content) do
      if block.t == "Div" and block.classes:includes("scroll") and block.content[1].t == "Table" then
        local words = pandoc.utils.blocks_to_inlines(block.content[1].caption.long)
        words:insert(1, pandoc.Space())
        words:insert(1, pandoc.Strong({ pandoc.Str(number .. ".") }))
        block.content[1].caption = { long = { pandoc.Plain({ pandoc.Span(words) }) } }
      end
    end
    return between('<div class="table" id="' .. name .. '">', div.content, "</div>", "html")
  end
end

function on_screen.Table(table)
  return pandoc.Div({ table }, { class = "scroll" })
end

-- A slide has room for one figure or table; the next one has a slide under the same heading.
local by_slide = {}

local function is_large(block)
  local found = block.t == "Table" or block.t == "Figure"
  local function look(raw)
    found = found or raw.text:find("<figure", 1, true) ~= nil or raw.text:find("<table", 1, true) ~= nil
  end
  pandoc.Div({ block }):walk({
    RawBlock = look,
    Table = function() found = true end,
  })
  return found
end

function by_slide.Pandoc(doc)
  local out, heading, full = pandoc.List(), nil, false
  for _, block in ipairs(doc.blocks) do
    if block.t == "Header" and block.level <= 2 then
      heading, full = block, false
    elseif is_large(block) then
      if full and heading then out:insert(pandoc.Header(heading.level, heading.content, { class = "continued" })) end
      full = true
    end
    out:insert(block)
  end
  return pandoc.Pandoc(out, doc.meta)
end

local in_word = {}

function in_word.Div(div)
  if div.classes:includes("note") then return pandoc.BlockQuote(div.content) end
  if div.classes:includes("numbered") then
    for _, block in ipairs(div.content) do
      if block.t == "Table" then
        local words = pandoc.utils.blocks_to_inlines(block.caption.long)
        words:insert(1, pandoc.Space())
        words:insert(1, pandoc.Strong({ pandoc.Str(div.attributes.number .. ".") }))
        block.caption = { long = { pandoc.Plain(words) } }
      end
    end
    return pandoc.Div(div.content, { id = div.attributes.name })
  end
  return div.content
end

if FORMAT:match("docx") then
  return { in_word }
end
if FORMAT:match("typst") then
  return { within, on_paper }
end
if FORMAT:match("revealjs") then
  return { within, on_screen, by_slide }
end
return { within, on_screen }
