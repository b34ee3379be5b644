#include "server/routes/json_body.hpp"

#include "server/http/problem.hpp"

#include <vector>

namespace keyaki::server {

bool has_json_body(const http::Request &request) {
    const std::string_view type = request.header("Content-Type");
    return http::equal_ignoring_case(http::trim_blanks(type.substr(0, type.find(';'))), "application/json");
}

http::Response problem_of_fields(const FieldErrors &errors) {
    std::vector<http::ProblemError> list;
    for (const FieldError &error : errors.errors()) {
        list.push_back({error.pointer, error.detail});
    }
    return http::problem(422, "Unprocessable Content", errors.what(), "wrong-fields", list);
}

} // namespace keyaki::server
