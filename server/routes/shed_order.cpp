#include "server/routes/shed_order.hpp"

#include "server/routes/archive_answer.hpp"

#include <algorithm>
#include <utility>

namespace keyaki::server {

namespace {

bool is_needed(Application &application, std::string_view layer) noexcept {
    const auto &needed = application.settings().disaster_layers;
    return std::find(needed.begin(), needed.end(), layer) != needed.end();
}

bool city_shows_needed(Application &application) noexcept {
    const auto catalogue = application.snapshots().catalogue();
    return std::any_of(catalogue->layers.begin(), catalogue->layers.end(), [&](const ServedLayer &served) {
        return served.layer.spec.visibility == data::Visibility::everyone && is_needed(application, served.layer.spec.id);
    });
}

} // namespace

http::ShedPriority shed_priority_of_layers(Application &application, std::string_view names) noexcept {
    if (is_archive(application, names)) {
        return http::ShedPriority::sheddable;
    }
    for (std::size_t begin = 0; begin <= names.size();) {
        const std::size_t end = std::min(names.find(',', begin), names.size());
        std::string_view layer = names.substr(begin, end - begin);
        layer = layer.substr(0, layer.find('@'));
        if (is_needed(application, layer) || (layer == "city" && city_shows_needed(application))) {
            return http::ShedPriority::shelters;
        }
        begin = end + 1;
    }
    return http::ShedPriority::sheddable;
}

std::function<http::ShedPriority(const http::Request &)> shed_by_layers(Application &application, std::string parameter) {
    return [&application, parameter = std::move(parameter)](const http::Request &request) {
        return shed_priority_of_layers(application, request.params.at(parameter));
    };
}

} // namespace keyaki::server
