#include "server/access/scopes.hpp"

#include "data/identifier.hpp"
#include "data/layer.hpp"
#include "geo/error.hpp"
#include "server/nearest_word.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace keyaki::server::access {

namespace {

/// "layers:write:shelters" as "layers:write" and "shelters"; nothing for what has no second colon.
struct LayerScope {
    std::string_view name;
    std::string_view layer;
};
std::optional<LayerScope> split(std::string_view text) noexcept {
    const std::size_t first = text.find(':');
    const std::size_t second = first == std::string_view::npos ? first : text.find(':', first + 1);
    if (second == std::string_view::npos) {
        return std::nullopt;
    }
    return LayerScope{text.substr(0, second), text.substr(second + 1)};
}

bool is_name(std::string_view text) noexcept { return std::find(scope_names.begin(), scope_names.end(), text) != scope_names.end(); }

bool is_of_layers(std::string_view name) noexcept { return is_name(name) && name.starts_with("layers:"); }

bool is_of_shops(std::string_view name) noexcept { return name == "ledger:spend"; }

/// As part of a scope, which blanks part, and of an account, where a '/' stands before the purpose.
bool is_shop(std::string_view text) noexcept { return data::is_identifier(text) && text.find_first_of(" /") == std::string_view::npos; }

bool grants(std::string_view scope, std::string_view wanted, std::string_view layer) noexcept {
    if (scope == wanted) {
        return true;
    }
    const auto narrowed = split(scope);
    return narrowed && narrowed->name == wanted && !layer.empty() && narrowed->layer == layer;
}

} // namespace

bool is_scope(std::string_view text) noexcept {
    const auto narrowed = split(text);
    if (!narrowed) {
        return is_name(text);
    }
    return is_of_shops(narrowed->name) ? is_shop(narrowed->layer) : is_of_layers(narrowed->name) && data::is_layer_id(narrowed->layer);
}

void require_scope(std::string_view text) {
    if (is_scope(text)) {
        return;
    }
    const auto narrowed = split(text);
    if (narrowed && is_of_layers(narrowed->name)) {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("the scope \"{}\" must end with a layer's id, but \"{}\" cannot be one",
                                                                    text.substr(0, 100), narrowed->layer.substr(0, 100)));
    }
    const std::string_view name = narrowed ? narrowed->name : text;
    if (is_name(name)) {
        throw geo::Error(
            geo::ErrorKind::invalid_input,
            fmt::format("the scope \"{}\" cannot be of one layer; only layers:write and layers:publish can, and ledger:spend of one shop",
                        text.substr(0, 100)));
    }
    const std::string_view meant = nearest_word(name.substr(0, 100), scope_names);
    const std::string_view rest = narrowed && is_of_layers(meant) ? text.substr(name.size()) : std::string_view();
    throw geo::Error(geo::ErrorKind::invalid_input,
                     fmt::format("there is no scope \"{}\"; did you mean \"{}{}\"? Scopes are {}, those of layers also "
                                 "for one of them, as in layers:write:shelters",
                                 text.substr(0, 100), meant, rest.substr(0, 100), fmt::join(scope_names.begin(), scope_names.end(), ", ")));
}

bool permits(const std::vector<std::string> &granted, std::initializer_list<std::string_view> any_of, std::string_view layer) noexcept {
    return std::any_of(granted.begin(), granted.end(), [&](const std::string &scope) {
        return std::any_of(any_of.begin(), any_of.end(), [&](std::string_view wanted) { return grants(scope, wanted, layer); });
    });
}

bool permits_something(const std::vector<std::string> &granted, std::initializer_list<std::string_view> any_of) noexcept {
    return std::any_of(granted.begin(), granted.end(), [&](const std::string &scope) {
        const auto narrowed = split(scope);
        return std::find(any_of.begin(), any_of.end(), narrowed ? narrowed->name : std::string_view(scope)) != any_of.end();
    });
}

} // namespace keyaki::server::access
