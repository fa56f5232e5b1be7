// The expert's left-right symmetry: it is trained on clips as they were captured and follows their
// mirror images by looking at them in a mirror.
#pragma once

#include "controller/expert/expert_policy.h"
#include "controller/expert/tracking.h"
#include "models/torch.h"

namespace foresight {

/// Mirror image of every row of a [N, D] tensor: entry i is sign[i] times entry from[i].
struct RowMirror {
  torch::Tensor from, sign;  // [D] int64, float

  torch::Tensor apply(const torch::Tensor& rows) const { return rows.index_select(1, from) * sign; }
};

/// Of tracking_observation() and of expert actions.
RowMirror observation_mirror(const TrackingTables& tables);
RowMirror action_mirror(const Character& character);

/// Mean actions [N, nu] for observations [N, D]; the rows marked in `mirrored` [N] bool follow a
/// mirrored clip.
class MirroredExpert {
 public:
  MirroredExpert(ExpertPolicy policy, const TrackingTables& tables, const torch::Tensor& mirrored);
  torch::Tensor mean(const torch::Tensor& observations);

 private:
  ExpertPolicy policy_;
  RowMirror observation_, action_;
  torch::Tensor mirrored_;  // [N, 1]
};

}  // namespace foresight
