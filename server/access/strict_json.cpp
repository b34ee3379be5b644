#include "server/access/strict_json.hpp"

#include "server/access/limits.hpp"

#include <nlohmann/json.hpp>

#include <set>
#include <string>
#include <vector>

namespace keyaki::server::access {

namespace {

using nlohmann::json;

/// Thrown through the parser and caught beside it.
struct NotStrict {};

/// Follows a parser into objects and out of them, and ends it where a member comes twice.
class MemberWatch {
  public:
    void see(json::parse_event_t event, const json &parsed) {
        switch (event) {
        case json::parse_event_t::object_start:
        case json::parse_event_t::array_start:
            if (m_members.size() == limits::json_depth) {
                throw NotStrict();
            }
            m_members.emplace_back();
            break;
        case json::parse_event_t::object_end:
        case json::parse_event_t::array_end: m_members.pop_back(); break;
        case json::parse_event_t::key:
            if (!m_members.back().insert(parsed.get<std::string>()).second) {
                throw NotStrict();
            }
            break;
        case json::parse_event_t::value: break;
        }
    }

  private:
    std::vector<std::set<std::string>> m_members; ///< of the objects that are open, an empty set for an array
};

} // namespace

std::unique_ptr<const json> parse_strict_object(std::string_view text) {
    if (text.starts_with('\xEF')) { // a byte order mark, which the parser would pass over
        return nullptr;
    }
    MemberWatch watch;
    const auto see = [&watch](int /*depth*/, json::parse_event_t event, json &parsed) {
        watch.see(event, parsed);
        return true;
    };
    try {
        auto parsed = std::make_unique<const json>(json::parse(text, see));
        return parsed->is_object() ? std::move(parsed) : nullptr;
    } catch (const NotStrict &) {
        return nullptr;
    } catch (const json::exception &) {
        return nullptr;
    }
}

std::string_view text_at(const json &object, std::string_view member) {
    const auto found = object.find(member);
    return found != object.end() && found->is_string() ? std::string_view(found->get_ref<const std::string &>()) : std::string_view();
}

} // namespace keyaki::server::access
