"use strict";
// Draws openapi.json. Text from the document only ever becomes text nodes.
const base = location.pathname.replace(/\/docs\/?$/, "");
const main = document.querySelector("main");
const nav = document.querySelector("nav");

function make(tag, options = {}, ...children) {
  const { dataset, ...rest } = options;
  const node = Object.assign(document.createElement(tag), rest);
  Object.assign(node.dataset, dataset);
  node.append(...children.filter((child) => child !== null));
  return node;
}

function drawing(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const api = (path) => base + path;
const pretty = (value) => JSON.stringify(value, null, 2);
const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
const isText = (type) => /^(text\/|application\/json)/.test(type);

// A long list of numbers on one line, and short when it is very long.
function compact(value) {
  const flat = pretty(value).replace(/\[[\s\d.,eE+\-null]*?\]/g, (list) => list.replace(/\s+/g, " "));
  return flat.replace(/\[[^[\]{}"]{400,}\]/g, (list) => {
    const values = list.slice(1, -1).split(",");
    return `[${values.slice(0, 8).join(",")}, … ${values.length} values ]`;
  });
}

function resolved(schema, components, depth = 0) {
  if (Array.isArray(schema)) return schema.map((item) => resolved(item, components, depth));
  if (schema === null || typeof schema !== "object") return schema;
  if (schema.$ref) {
    const name = schema.$ref.split("/").pop();
    if (name.endsWith(".data") || depth > 3) return `(${name})`;
    return resolved(components.schemas[name], components, depth + 1);
  }
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, resolved(value, components, depth)]));
}

// A paragraph: lines run on, unless they are a list; `backticks` are code.
function paragraph(text) {
  const parts = text.replace(/\n(?!\s*[-*•] )/g, " ").split("`");
  return make("p", {}, ...parts.map((part, at) => (at % 2 ? make("code", {}, part) : part)));
}

function examplesOf(type, media) {
  const named = Object.entries(media.examples ?? {});
  if ("example" in media) named.push(["example", { value: media.example }]);
  return named.map(([name, { value, externalValue, "x-content-type": exact }]) => ({
    name, type: exact ?? type, href: externalValue,
    text: externalValue ? null : isText(type) && typeof value === "string" && type !== "application/json" ? value : pretty(value),
  }));
}

function bars(probabilities) {
  const grid = make("div", { className: "bars" });
  for (const { label, score } of probabilities.slice(0, 10)) {
    grid.append(make("span", {}, label), make("meter", { min: 0, max: 1, value: score }), make("span", { className: "mono" }, score.toFixed(4)));
  }
  return grid;
}

function pictured(blob, lines) {
  const image = make("img", { src: URL.createObjectURL(blob), alt: "what was sent" });
  const frame = make("div", { className: "pictured" }, image);
  image.onload = () => {
    const boxes = (lines ?? []).map(({ box, text }) => drawing("polygon", { points: box.map((p) => p.join(",")).join(" ") }, drawing("title", {}, text)));
    frame.append(drawing("svg", { viewBox: `0 0 ${image.naturalWidth} ${image.naturalHeight}` }, ...boxes));
  };
  return frame;
}

async function send(method, path, type, body, result) {
  const start = performance.now();
  const headers = type ? { "Content-Type": type } : {};
  result.replaceChildren(make("span", { className: "soft" }, "Asking…"));
  try {
    const reply = await fetch(api(path), { method, headers, body });
    const taken = (performance.now() - start).toFixed(0);
    const status = make("span", { className: reply.ok ? "ok" : "failed" }, String(reply.status));
    const said = make("span", { className: "soft" }, ` in ${taken} ms, request id ${reply.headers.get("x-request-id") ?? "unknown"}`);
    const text = await reply.text();
    let value = null;
    try { value = JSON.parse(text); } catch { /* shown as it is */ }
    const seen = body instanceof Blob && body.type.startsWith("image/") ? pictured(body, value?.lines) : null;
    const chart = value?.probabilities?.length ? bars(value.probabilities) : null;
    result.replaceChildren(make("div", {}, status, said), ...[seen, chart].filter(Boolean), make("pre", {}, value ? compact(value) : text));
  } catch (error) {
    result.replaceChildren(make("span", { className: "failed" }, `No answer: ${error.message}`));
  }
}

function curl(method, path, example) {
  const url = location.origin + api(path);
  if (method === "get") return `curl ${quoted(url)}`;
  if (method === "delete") return `curl -X DELETE ${quoted(url)}`;
  const header = `-H ${quoted(`Content-Type: ${example.type}`)}`;
  if (example.href) return `curl -s ${quoted(location.origin + api(example.href))} |\n  curl ${quoted(url)} ${header} --data-binary @-`;
  if (example.text === null) return `curl ${quoted(url)} ${header} --data-binary @FILE`;
  return `curl ${quoted(url)} ${header} \\\n  --data-binary ${quoted(example.text)}`;
}

function command(text) {
  const pre = make("pre", {}, text());
  const copy = make("button", { className: "quiet", type: "button", onclick: () => navigator.clipboard?.writeText(pre.textContent) }, "Copy");
  const box = make("details", { className: "curl" }, make("summary", {}, "curl"), pre, make("div", { className: "row" }, copy));
  return { box, refresh: () => { pre.textContent = text(); } };
}

function bodyForm(path, content) {
  const choices = Object.entries(content).flatMap(([type, media]) => {
    const found = examplesOf(type, media);
    const own = isText(type) || found.length || path.endsWith("/infer") ? [] : [{ name: "a file of yours", type, text: null }];
    return [...found, ...own];
  });
  for (const type of Object.keys(content)) {
    if (/^(image|audio)\//.test(type)) choices.push({ name: "a file of yours", type: type.replace("*", "png"), text: null, file: true });
  }
  if (!choices.length) choices.push({ name: "a body", type: Object.keys(content)[0], text: "{}" });
  choices.sort((a, b) => Number(a.type === "application/json") - Number(b.type === "application/json"));
  const picker = make("select", { ariaLabel: "Example" });
  choices.forEach((choice, at) => picker.append(make("option", { value: at }, `${choice.name} · ${choice.type}`)));
  const text = make("textarea", { spellcheck: false, ariaLabel: "Body" });
  const file = make("input", { type: "file", ariaLabel: "File" });
  const said = make("span", { className: "soft" });
  const chosen = () => {
    const choice = choices[picker.value];
    if (text.hidden) return file.files[0] ? { ...choice, type: file.files[0].type || choice.type, href: undefined } : choice;
    return { ...choice, text: text.value };
  };
  const change = () => {
    const choice = choices[picker.value];
    text.hidden = choice.text === null;
    file.hidden = !text.hidden || Boolean(choice.href);
    text.value = choice.text ?? "";
    said.textContent = choice.href ? "The model's own example is sent." : "";
    line.refresh();
  };
  const line = command(() => curl("post", path, chosen()));
  const result = make("div", { className: "result", hidden: true });
  const go = make("button", { type: "submit" }, "Send");
  const form = make("form", {}, make("div", { className: "row" }, picker, said), text, file, make("div", { className: "row" }, go));
  picker.onchange = change;
  text.oninput = file.onchange = () => line.refresh();
  form.onsubmit = async (event) => {
    event.preventDefault();
    result.hidden = false;
    go.disabled = true;
    const choice = chosen();
    let body = text.hidden ? file.files[0] : text.value;
    if (choice.href) body = await (await fetch(api(choice.href))).blob();
    await send("POST", path, choice.href && body.type ? body.type : choice.type, body, result);
    go.disabled = false;
  };
  change();
  return [form, line.box, result];
}

function pathForm(method, path, parameters) {
  const fields = parameters.map(({ name, schema, example }) => {
    const input = schema.enum
      ? make("select", { name }, ...schema.enum.map((value) => make("option", {}, value)))
      : make("input", { name, value: example ?? "", size: 4 });
    return make("label", {}, `${name} `, input);
  });
  const filled = () => fields.reduce((at, { firstElementChild: f }) => at.replace(`{${f.name}}`, encodeURIComponent(f.value)), path);
  const line = command(() => curl(method, filled()));
  const result = make("div", { className: "result", hidden: true });
  const form = make("form", {}, make("div", { className: "row" }, ...fields, make("button", { type: "submit" }, "Send")));
  form.oninput = () => line.refresh();
  form.onsubmit = (event) => {
    event.preventDefault();
    result.hidden = false;
    send(method.toUpperCase(), filled(), null, undefined, result);
  };
  return [form, line.box, result];
}

function schemaBox(title, schema, components) {
  if (!schema || !Object.keys(schema).length) return null;
  return make("details", { className: "schema" }, make("summary", {}, title), make("pre", {}, pretty(resolved(schema, components))));
}

function operation(path, method, item, api) {
  const details = item[method];
  const content = details.requestBody?.content ?? {};
  const answer = (details.responses["200"] ?? details.responses["202"]).content?.["application/json"]?.schema;
  const head = make("summary", {}, make("span", { className: `verb ${method}` }, method.toUpperCase()), make("span", { className: "mono" }, path), make("span", { className: "soft" }, details.summary));
  const box = make("details", { className: "operation card" }, head);
  const fill = () => {
    if (box.childElementCount > 1) return;
    const templated = path.includes("{") && method === "post";
    const form = templated ? [make("p", { className: "soft" }, details.description)] : method !== "post" ? pathForm(method, path, item.parameters ?? []) : bodyForm(path, content);
    const result = templated ? [] : form.splice(-1);
    const takes = schemaBox("What it takes", content["application/json"]?.schema, api.components);
    box.append(...form, ...[takes, schemaBox("What it answers", answer, api.components)].filter(Boolean), ...result);
  };
  box.ontoggle = fill;
  if (path.endsWith("/predict") && !path.includes("{")) { fill(); box.open = true; }
  return box;
}

function draw(api) {
  main.replaceChildren(make("h1", {}, "Documentation"), paragraph(api.info.description.replaceAll("**", "")));
  const models = api.tags.filter((tag) => tag["x-title"]);
  nav.append(make("h2", {}, models.length ? "Models" : "No models yet"));
  for (const tag of api.tags) {
    const title = tag["x-title"] ?? tag.name;
    const task = tag["x-task"] ? make("small", {}, tag.name) : null;
    if (tag === api.tags[models.length]) nav.append(make("h2", {}, "Everything else"));
    nav.append(make("a", { href: `#${tag.name}` }, title, task));
    const pill = tag["x-task"] ? make("span", { className: "pill" }, tag["x-task"]) : null;
    const about = (tag.description ?? "").split("\n\n").slice(tag["x-title"] ? 1 : 0);
    const section = make("section", { id: tag.name }, make("h2", {}, title, pill), ...about.map(paragraph));
    for (const [path, item] of Object.entries(api.paths)) {
      for (const method of ["get", "post", "delete"]) if (item[method]?.tags.includes(tag.name)) section.append(operation(path, method, item, api));
    }
    main.append(section);
  }
  if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
}

fetch(api("/openapi.json"))
  .then((reply) => (reply.ok ? reply.json() : Promise.reject(new Error(`status ${reply.status}`))))
  .then(draw)
  .catch((error) => main.replaceChildren(make("p", { className: "failed" }, `openapi.json cannot be read: ${error.message}`)));
