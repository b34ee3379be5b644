#pragma once

#include "server/html.hpp"
#include "server/http/request.hpp"
#include "server/http/response.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <string_view>

/// Documents that are JSON to programs and a page to people, at one address.
namespace keyaki::server {

enum class Form { json, html };

/// What `f` says (json or html), else what Accept prefers; JSON where it prefers nothing. `json_type`: the JSON form's own media type, which counts
/// as JSON beside application/json. Error invalid_input for another f; nothing where Accept takes neither: answer not_acceptable() then.
[[nodiscard]] std::optional<Form> requested_form(const http::Request &request, std::string_view json_type = "application/json");
[[nodiscard]] http::Response not_acceptable(std::string_view json_type = "application/json");

/// {"href": …, "rel": …, "type": …, "title": …}
[[nodiscard]] nlohmann::ordered_json link_object(std::string href, std::string_view rel, std::string_view type, std::string_view title);

/// The request's address with `f` saying another form, and with nothing else changed.
[[nodiscard]] std::string address_in_form(const http::Request &request, std::string_view base, std::string_view form);

struct Document {
    std::string title_ja;
    std::string title_en;
    std::vector<PageFrame::Step> path{}; ///< the pages above
    std::string json_type = "application/json";
    bool has_links = true; ///< the JSON gets the links self and alternate
};

/// 200 with the JSON or with the page made of it, in which the links self and alternate stand first; with an ETag of the content; 406. The document
/// changes when the city does and is asked for again soon.
[[nodiscard]] http::Response answer_document(const http::Request &request, const std::string &base, nlohmann::ordered_json json,
                                             const Document &about);

/// 200 with a text of that form, an ETag of it, and the promise that it is asked for again soon.
[[nodiscard]] http::Response answer_form(Form form, std::string text, const std::string &json_type);

} // namespace keyaki::server
