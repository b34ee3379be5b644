#include "server/routes/change_page.hpp"

#include "server/flows/layer_change.hpp"
#include "server/geojson.hpp"
#include "server/limits.hpp"
#include "server/query.hpp"

#include <fmt/format.h>

namespace keyaki::server {

data::ChangePage parse_change_page(const http::Request &request) {
    data::ChangePage page;
    const auto limit = request.query.find("limit");
    // One more than the page shows tells whether there is another page.
    page.limit = static_cast<std::size_t>(limit ? parse_limit(*limit, max_page_changes) : default_page_changes) + 1;
    page.after_id = request.query.find("after").value_or("");
    return page;
}

http::ParameterDescription change_limit_parameter() {
    return {.name = "limit",
            .text = "Changes on one page; more than the maximum is the maximum.",
            .schema = fmt::format(R"({{"type":"integer","minimum":1,"maximum":{},"default":{}}})", max_page_changes, default_page_changes)};
}

http::ParameterDescription change_after_parameter() {
    return {.name = "after", .text = "The id of the last feature of the page before, as the next link has it."};
}

bool ChangePageBody::add(const data::Change &change) {
    if (m_count == m_limit || m_body.size() > max_page_changes_bytes) {
        m_is_full = true;
        return false;
    }
    m_body += m_count == 0 ? "" : ",";
    append_change(m_body, change);
    m_last_id = change.after ? change.after->id : change.before->id;
    ++m_count;
    return true;
}

std::string ChangePageBody::finish(const std::string &self, const std::string &address) {
    const auto add_link = [&](const std::string &href, std::string_view rel) {
        m_body += rel == "self" ? "" : ",";
        m_body += R"({"href":)";
        append_json_string(m_body, href);
        m_body += fmt::format(R"(,"rel":"{}","type":"application/geo+json"}})", rel);
    };
    m_body += R"(],"links":[)";
    add_link(self, "self");
    if (m_is_full) {
        add_link(fmt::format("{}limit={}&after={}", address, m_limit, http::percent_encode(m_last_id)), "next");
    }
    m_body += fmt::format(R"(],"numberReturned":{}}})", m_count);
    return std::move(m_body);
}

} // namespace keyaki::server
