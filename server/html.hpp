#pragma once

#include "server/http/response.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

/// Pages that the server writes: Japanese first, English second, one style sheet of our own, no script, nothing from elsewhere. What comes from data
/// goes through append_html_text() and nothing else.
namespace keyaki::server {

/// Text as it stands between tags or in an attribute in quotes: no text of a layer can become a tag, an attribute or a script.
void append_html_text(std::string &out, std::string_view text);
[[nodiscard]] std::string html_text(std::string_view text);
/// A link whose address may come from data: only http, https and addresses within this server are links, others (javascript: and the like) are text.
void append_html_link(std::string &out, std::string_view address, std::string_view text);

/// What stands around a page's content. Plain texts, which are escaped here.
struct PageFrame {
    struct Step {
        std::string address;
        std::string text;
    };
    std::string base; ///< of this server's addresses
    std::string title_ja;
    std::string title_en;
    std::vector<Step> path{};   ///< the pages above this one, the topmost first
    std::vector<Step> others{}; ///< the same in other forms, such as JSON
};
void append_page_begin(std::string &out, const PageFrame &frame);
void append_page_end(std::string &out, const PageFrame &frame);

/// A JSON document as nested tables, with all that it holds; its links can be followed.
void append_json_as_html(std::string &out, const nlohmann::ordered_json &json);

/// 200 with a page, in a policy that lets nobody else in and no script run.
[[nodiscard]] http::Response html_response(std::string page);
/// The policy itself, for pages that are made while they are read.
[[nodiscard]] http::Response &&with_page_policy(http::Response &&response);

inline constexpr std::string_view style_address = "/pages.css";
[[nodiscard]] std::string_view style_sheet();

} // namespace keyaki::server
