#include "server/routes/draft_tag.hpp"

#include "server/http/conditional.hpp"
#include "server/http/problem.hpp"

#include <fmt/format.h>

#include <string_view>

namespace keyaki::server {

namespace {

std::optional<http::Response> refuse_other(const http::Request &request, const std::string &tag, std::string_view sentence) {
    if (http::if_match(request, tag) != http::IfMatch::differs) {
        return std::nullopt;
    }
    return http::problem(412, "Precondition Failed", sentence, "moved-on").with("ETag", tag);
}

} // namespace

std::string draft_tag(const data::Layer &layer) { return http::quoted_etag(fmt::format("draft-{}-{}", layer.revision, layer.draft_change)); }

std::string history_tag(const data::Layer &layer) { return http::quoted_etag(fmt::format("revisions-{}", layer.revision)); }

std::optional<http::Response> refuse_other_draft(const http::Request &request, const data::Layer &layer) {
    return refuse_other(request, draft_tag(layer),
                        fmt::format("The draft of layer {} has changed since you looked at it, or something was published; look at it again. Nothing "
                                    "was done.",
                                    layer.spec.id));
}

std::optional<http::Response> refuse_other_history(const http::Request &request, const data::Layer &layer) {
    return refuse_other(
        request, history_tag(layer),
        fmt::format("Layer {} is at revision {} now, not at the one that you looked at. Nothing was done.", layer.spec.id, layer.revision));
}

} // namespace keyaki::server
