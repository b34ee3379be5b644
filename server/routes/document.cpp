#include "server/routes/document.hpp"

#include "data/sha256.hpp"
#include "geo/error.hpp"
#include "server/http/accept.hpp"
#include "server/http/conditional.hpp"
#include "server/http/problem.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace keyaki::server {

namespace {

using nlohmann::ordered_json;

std::string page_of(const std::string &base, const http::Request &request, const ordered_json &json, const Document &about) {
    const PageFrame frame{base, about.title_ja, about.title_en, about.path, {{address_in_form(request, base, "json"), "JSON"}}};
    std::string page;
    append_page_begin(page, frame);
    append_json_as_html(page, json);
    append_page_end(page, frame);
    return page;
}

} // namespace

std::optional<Form> requested_form(const http::Request &request, std::string_view json_type) {
    if (const auto format = request.query.find("f")) {
        if (*format != "json" && *format != "html") {
            throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("f: expected json or html, found \"{}\"", format->substr(0, 40)));
        }
        return *format == "json" ? Form::json : Form::html;
    }
    const auto best = http::negotiate_media_type(request, {json_type.substr(0, json_type.find(';')), "application/json", "text/html"});
    return best ? std::optional(*best == "text/html" ? Form::html : Form::json) : std::nullopt;
}

http::Response not_acceptable(std::string_view json_type) {
    http::Response response =
        http::problem(406, {}, fmt::format("This is given as {} (f=json) and as text/html (f=html), and Accept takes neither.", json_type));
    response.headers.add_to_list("Vary", "Accept");
    return response;
}

ordered_json link_object(std::string href, std::string_view rel, std::string_view type, std::string_view title) {
    return {{"href", std::move(href)}, {"rel", rel}, {"type", type}, {"title", title}};
}

std::string address_in_form(const http::Request &request, std::string_view base, std::string_view form) {
    std::string address = fmt::format("{}{}?", base, request.raw_path());
    for (const auto &[name, value] : request.query) {
        if (name != "f") {
            address += fmt::format("{}={}&", http::percent_encode(name), http::percent_encode(value));
        }
    }
    return address + fmt::format("f={}", form);
}

http::Response answer_document(const http::Request &request, const std::string &base, ordered_json json, const Document &about) {
    const auto form = requested_form(request, about.json_type);
    if (!form) {
        return not_acceptable(about.json_type);
    }
    const bool is_page = *form == Form::html;
    const std::string here = base + std::string(request.raw_path());
    ordered_json links = ordered_json::array();
    links.push_back(link_object(is_page ? address_in_form(request, base, "html") : here, "self", is_page ? "text/html" : about.json_type,
                                "この文書 / This document"));
    links.push_back(is_page ? link_object(address_in_form(request, base, "json"), "alternate", about.json_type, "JSON")
                            : link_object(address_in_form(request, base, "html"), "alternate", "text/html", "ページ / The page"));
    if (json.contains("links")) {
        links.insert(links.end(), json["links"].begin(), json["links"].end());
    }
    if (about.has_links) {
        json["links"] = std::move(links);
    }
    std::string text = is_page ? page_of(base, request, json, about) : json.dump();
    return answer_form(*form, std::move(text), about.json_type);
}

http::Response answer_form(Form form, std::string text, const std::string &json_type) {
    const std::string tag = http::quoted_etag(data::to_hex(data::sha256(text)).substr(0, 32));
    http::Response response = (form == Form::html ? html_response(std::move(text)) : http::json(200, std::move(text), json_type))
                                  .with_etag(tag)
                                  .with_cache_control("public, max-age=5, stale-if-error=604800");
    response.headers.add_to_list("Vary", "Accept");
    return response;
}

} // namespace keyaki::server
