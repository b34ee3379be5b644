#include "server/flows/summary.hpp"

#include "data/sha256.hpp"
#include "server/flows/collection.hpp"
#include "server/http/conditional.hpp"
#include "server/http/problem.hpp"
#include "server/limits.hpp"
#include "server/routes/parameters.hpp"
#include "server/routes/routes.hpp"
#include "server/viewer.hpp"

#include <fmt/format.h>

#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace keyaki::server {

namespace {

/// Answers of lately by what was asked: a large layer takes a second to add up, and a revision never changes. Any thread.
class KeptSummaries {
  public:
    [[nodiscard]] std::optional<std::string> find(const std::string &key) {
        const std::lock_guard lock(m_mutex);
        for (auto entry = m_kept.begin(); entry != m_kept.end(); ++entry) {
            if (entry->first == key) {
                m_kept.splice(m_kept.begin(), m_kept, entry);
                return m_kept.front().second;
            }
        }
        return std::nullopt;
    }
    void keep(std::string key, std::string text) {
        const std::lock_guard lock(m_mutex);
        m_kept.emplace_front(std::move(key), std::move(text));
        if (m_kept.size() > max_kept_summaries) {
            m_kept.pop_back();
        }
    }

  private:
    std::mutex m_mutex;
    std::list<std::pair<std::string, std::string>> m_kept; ///< the one asked for last first; guarded by m_mutex
};

/// 200 with the totals; 400 for a parameter that is unknown, and for a property with too many values to group by; 404.
http::Response answer_summary(Application &application, const http::Request &request, KeptSummaries &kept) {
    request.query.require_known({"group", "f"});
    if (const auto format = request.query.find("f"); format && *format != "json") {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("expected f=json, found f={}", *format));
    }
    const Viewer viewer(application.access(), request);
    const auto collection = find_collection(application.snapshots(), request.params.at("layer"), viewer.staff_check());
    if (!collection) {
        return viewer.not_found(request.params.at("layer"));
    }
    const std::string group(request.query.find("group").value_or(""));
    if (!group.empty() && !collection->snapshot->fields().contains(group)) {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("group: expected a property of layer {}, found \"{}\"", collection->name, group));
    }
    const std::uint64_t revision = collection->snapshot->description().revision;
    const std::string key = fmt::format("{}|{}", collection->state(), group);
    auto text = kept.find(key);
    if (!text) {
        const Summary summary = summarise(*collection->snapshot, group);
        if (summary.has_too_many_groups) {
            throw geo::Error(geo::ErrorKind::invalid_input,
                             fmt::format("group: expected a property with at most {} values of {} bytes together, found more in {}",
                                         max_summary_groups, max_summary_group_bytes, group));
        }
        text = summary_json(summary, collection->spec.id, revision, group);
        kept.keep(key, *text);
    }
    const std::string tag = http::quoted_etag(data::to_hex(data::sha256(*text)).substr(0, 32));
    return http::json(200, std::move(*text))
        .with_etag(tag)
        .with_cache_control(collection->cache_control())
        .with("Keyaki-Revision", collection->revision_header());
}

} // namespace

void add_summary_routes(http::Router &router, Application &application) {
    router.add(
        http::Method::get, "/collections/{layer}/summary",
        [&application, kept = std::make_shared<KeptSummaries>()](const http::Request &request) {
            return answer_summary(application, request, *kept);
        },
        {.name = "summary",
         .description = {
             .summary = "Totals of a layer: features, length of lines, area of polygons (geodesic)",
             .tag = "Features",
             .parameters = {layer_parameter(), {.name = "group", .text = "A property; its values get totals of their own."}, format_parameter()},
             .answers = {json_answer("The totals, of the revision that Keyaki-Revision names")}}});
}

} // namespace keyaki::server
