#include "tests/server/check_ins/course_visits.hpp"

#include "server/flows/progress.hpp"

namespace keyaki::test {

using nlohmann::json;

json course(const json &changes) {
    json one{{"id", "street"}, {"line", "courses/street"}, {"spots", {"spots/a", "spots/b", "spots/c"}}, {"points", 100}};
    one.update(changes);
    return one;
}

Visit on_course(const std::string &spot, const json &run) {
    Visit visit;
    visit.spot = spot;
    visit.more = {{"course", "street"}};
    if (!run.is_null()) {
        visit.more["run"] = run;
    }
    return visit;
}

json progress(SmallCity &city, const std::string &member) {
    return json::parse(server::progress_json(*city.store, *city.rallies->find("r"), member, server::http::Language::ja));
}

} // namespace keyaki::test
