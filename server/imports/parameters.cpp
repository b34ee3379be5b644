#include "server/imports/parameters.hpp"

#include "geo/error.hpp"
#include "geo/utf8.hpp"
#include "importers/text_encoding.hpp"
#include "server/imports/limits.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace keyaki::server::imports {

namespace {

constexpr auto names = std::to_array<std::string_view>({"encoding", "crs", "key", "lon-column", "lat-column", "layer-in-file", "preset", "match",
                                                        "match-radius", "mode", "conflicts", "dry-run", "message"});

/// Query and form as one.
class Given {
  public:
    Given(const http::QueryParameters &query, const std::map<std::string, std::string> &fields) {
        for (const auto &[name, value] : query) {
            add(name, value);
        }
        for (const auto &[name, value] : fields) {
            if (!value.empty()) { // a form sends every field that it has
                add(name, value);
            }
        }
    }
    [[nodiscard]] std::optional<std::string> text(std::string_view name) const {
        const auto found = m_values.find(name);
        return found == m_values.end() || found->second.empty() ? std::nullopt : std::optional(found->second);
    }
    /// The place of the value among the words; 0 where none is given.
    [[nodiscard]] std::size_t word(std::string_view name, std::initializer_list<std::string_view> words) const {
        const auto given = text(name);
        const auto found = given ? std::find(words.begin(), words.end(), *given) : words.begin();
        if (found == words.end()) {
            throw geo::Error(geo::ErrorKind::invalid_input,
                             fmt::format("expected {} to be one of {}, found \"{}\"", name, fmt::join(words, ", "), importers::quoted_value(*given)));
        }
        return static_cast<std::size_t>(found - words.begin());
    }

  private:
    void add(const std::string &name, const std::string &value) {
        if (name == "f") {
            return;
        }
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            throw geo::Error(geo::ErrorKind::invalid_input,
                             fmt::format("expected parameters among {}, found \"{}\"", fmt::join(names, ", "), importers::quoted_value(name)));
        }
        if (!m_values.try_emplace(name, value).second) {
            throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("the parameter {} is given twice", name));
        }
    }

    std::map<std::string, std::string, std::less<>> m_values;
};

double parse_radius(const std::string &text) {
    double radius_m = 0;
    const char *end = text.data() + text.size();
    const auto [stop, problem] = std::from_chars(text.data(), end, radius_m);
    if (problem != std::errc() || stop != end || !(radius_m >= 1 && radius_m <= max_match_radius_m)) {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("expected match-radius in metres from 1 to {}, found \"{}\"", max_match_radius_m,
                                                                    importers::quoted_value(text)));
    }
    return radius_m;
}

} // namespace

ImportParameters parse_parameters(const http::QueryParameters &query, const std::map<std::string, std::string> &fields) {
    const Given given(query, fields);
    ImportParameters parameters;
    LayerImport &import = parameters.import;
    import.options = {given.text("encoding"),   given.text("crs"),           given.text("key"),   given.text("lon-column"),
                      given.text("lat-column"), given.text("layer-in-file"), given.text("preset")};
    import.match = static_cast<MatchRule>(given.word("match", {"auto", "key", "place-name"}));
    import.mode = given.word("mode", {"replace", "merge"}) == 0 ? data::Store::DraftMode::replace : data::Store::DraftMode::merge;
    import.conflicts = static_cast<ConflictRule>(given.word("conflicts", {"draft", "file", "refuse"}));
    import.is_dry_run = given.word("dry-run", {"false", "true"}) == 1;
    if (const auto radius = given.text("match-radius")) {
        import.match_radius_m = parse_radius(*radius);
    }
    parameters.message = given.text("message").value_or("");
    if (parameters.message.size() > max_message_bytes) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("expected a message of at most {} bytes, found {}", max_message_bytes, parameters.message.size()));
    }
    if (!geo::is_utf8(parameters.message)) {
        throw geo::Error(geo::ErrorKind::invalid_input, "expected the message in UTF-8, found bytes that are not");
    }
    return parameters;
}

std::span<const std::string_view> parameter_names() noexcept { return names; }

} // namespace keyaki::server::imports
