#include "tests/ui/tiny_planner.h"

#include "controller/planners/diffuser_model.h"

namespace foresight {

void write_tiny_planner(const fs::path& file) {
  DiffuserModel model = make_diffuser(diffuser_config("tiny", find_maze("umaze")), 1);
  model.scaling = make_scaling(torch::tensor({-1.0F, -1.0F, 0.5F, 0.5F, -5.0F, -5.0F}),
                               torch::tensor({1.0F, 1.0F, 3.5F, 3.5F, 5.0F, 5.0F}));
  model.visited = torch::ones({70, 70}, torch::kByte);
  NamedTensors weights;
  for (const auto& p : model.net->named_parameters()) weights["net." + p.key()] = p.value();
  save_diffuser(file, model, weights);
}

}  // namespace foresight
